// expects: stateful_batch: the logic needs types State and Output
#include <optional>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

struct OneByOne {
  using State = int;
  using Output = int;
  void on_item(int /*key*/, std::optional<int>& state, int&& value, weir::KeyedEmit<int, int>& /*emit*/) {
    state = value;
  }
};

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<std::pair<int, int>>{{}}) | op::stateful_batch("step", OneByOne{});
}
