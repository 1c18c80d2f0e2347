// expects: broadcast: each worker gets a copy of the item, so it must be copyable and serializable
#include <memory>

#include <weir/weir.hpp>

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::RangeInput{std::vector<int>{1}}) |
      weir::op::map("box", [](int n) { return std::make_unique<int>(n); }) | weir::op::broadcast("all");
}
