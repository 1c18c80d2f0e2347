// expects: deduplicate: items are exchanged by their ids, so they must be serializable
#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

class Opaque {
 public:
  explicit Opaque(int n) : n_{n} {}
  int id() const { return n_; }

 private:
  int n_;
};

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::testing::Scripted<int>{{}}) | op::map("hide", [](int n) { return Opaque{n}; }) |
      op::deduplicate("once", &Opaque::id);
}
