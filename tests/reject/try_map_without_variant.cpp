// expects: try_map: mapper must return a std::variant of what it makes and what can go wrong
#include <weir/weir.hpp>

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::RangeInput{std::vector<int>{1}}) | weir::op::try_map("half", [](int n) { return n / 2; });
}
