// expects: stateful_batch: keys and their states are kept in snapshots, so they must be serializable
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

struct Pointer {
  using State = int*;
  using Output = int;
  void on_batch(int /*key*/, std::optional<State>& state, std::vector<int>&& /*values*/,
                weir::KeyedEmit<int, int>& /*emit*/) {
    state.emplace();
  }
};

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<std::pair<int, int>>{{}}) | op::stateful_batch("step", Pointer{});
}
