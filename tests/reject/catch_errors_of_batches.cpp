// expects: catch_errors: the logic of this step gets many items at once
#include <optional>
#include <utility>
#include <vector>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

struct Size {
  using State = int;
  using Output = int;
  void on_batch(int /*key*/, std::optional<int>& state, std::vector<int>&& values, weir::KeyedEmit<int, int>& emit) {
    state = values.back();
    emit(static_cast<int>(values.size()));
  }
};

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<std::pair<int, int>>{{}}) |
      op::catch_errors(op::stateful_batch("step", Size{}));
}
