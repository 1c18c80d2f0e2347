// expects: stateful_batch: values cross workers, so they must be serializable
#include <optional>
#include <utility>
#include <vector>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

struct Size {
  using State = int;
  using Output = int;
  void on_batch(int /*key*/, std::optional<int>& state, std::vector<int*>&& values, weir::KeyedEmit<int, int>& emit) {
    state = 1;
    emit(static_cast<int>(values.size()));
  }
};

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<int>{{}}) |
      op::map("pointer", [](int n) { return std::pair{n, static_cast<int*>(nullptr)}; }) |
      op::stateful_batch("step", Size{});
}
