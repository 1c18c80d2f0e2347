// expects: join: the pairs' first must be a key
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  const auto left = flow.input("left", weir::testing::Scripted<std::pair<double, int>>{{}});
  const auto right = flow.input("right", weir::testing::Scripted<std::pair<double, int>>{{}});
  op::join("step", left, right);
}
