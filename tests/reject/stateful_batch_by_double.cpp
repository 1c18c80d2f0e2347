// expects: stateful_batch: the pair's first must be a key
#include <optional>
#include <utility>
#include <vector>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

struct Size {
  using State = int;
  using Output = int;
  void on_batch(double /*key*/, std::optional<int>& state, std::vector<int>&& values,
                weir::KeyedEmit<double, int>& emit) {
    state = values.back();
    emit(static_cast<int>(values.size()));
  }
};

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<std::pair<double, int>>{{}}) | op::stateful_batch("step", Size{});
}
