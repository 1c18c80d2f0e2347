// expects: lookup: rows cross workers and are kept in snapshots, so keys and rows must be serializable
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

class Opaque {
 public:
  explicit Opaque(int number) : number_{number} {}

 private:
  int number_;
};

int main() {
  weir::Dataflow flow{"rejected"};
  const auto stream = flow.input("stream", weir::testing::Scripted<int>{{}});
  const auto table = flow.input("table", weir::testing::Scripted<std::pair<int, Opaque>>{{}});
  op::lookup("step", stream, [](int item) { return item; }, table);
}
