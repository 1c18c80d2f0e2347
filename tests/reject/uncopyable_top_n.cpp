// expects: top_n: the greatest values are emitted each time they change, so values must be copyable
#include <memory>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::testing::Scripted<int>{{}}) |
      op::map("box", [](int n) { return std::pair{n, std::make_unique<int>(n)}; }) | op::top_n("top", 3);
}
