// expects: join: keys and values cross workers and are kept in snapshots, so they must be serializable
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
  const auto left = flow.input("left", weir::testing::Scripted<std::pair<int, int>>{{}});
  const auto right = flow.input("right", weir::testing::Scripted<std::pair<int, Opaque>>{{}});
  op::inner_join("step", left, right);
}
