// expects: catch_errors: an item at which the step throws is put out as it came, so each is copied first
#include <memory>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::testing::Scripted<int>{{}}) | op::map("box", [](int n) { return std::make_unique<int>(n); }) |
      op::catch_errors(op::map("unbox", [](std::unique_ptr<int> boxed) { return *boxed; }));
}
