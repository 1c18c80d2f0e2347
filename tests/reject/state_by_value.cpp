// expects: stateful_map: mapper must be callable as
#include <optional>
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<std::pair<std::string, int>>{{}}) |
      op::stateful_map("step", [](std::optional<int> seen, int value) {
        seen = seen.value_or(0) + value;
        return *seen;
      });
}
