// expects: stateful_batch: on_batch and on_timer must take the state by reference
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

struct Counting {
  using State = int;
  using Output = int;
  template <typename K>
  void on_batch(const K& /*key*/, std::optional<int> sum, std::vector<int>&& values, weir::KeyedEmit<K, int>& emit) {
    sum = sum.value_or(0) + static_cast<int>(values.size());
    emit(*sum);
  }
};

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<std::pair<std::string, int>>{{}}) | op::stateful_batch("step", Counting{});
}
