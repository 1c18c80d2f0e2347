// expects: stateful: on_item and on_timer must take the state by reference
#include <optional>
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

struct Running {
  using State = int;
  using Output = int;
  void on_item(const std::string& /*key*/, std::optional<int> sum, int&& value,
               weir::KeyedEmit<std::string, int>& emit) {
    sum = sum.value_or(0) + value;
    emit(*sum);
  }
};

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<std::pair<std::string, int>>{{}}) | op::stateful("step", Running{});
}
