// Steps of one's own: a function of streams, and logic for the keyed step that all keyed steps are made of.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <weir/weir.hpp>

namespace op = weir::op;

namespace {

struct Trade {
  std::string symbol;
  std::int64_t price;
};

/// Emits a key's value when it differs from the one before, and forgets nothing.
template <typename K, typename V>
struct Changes {
  using State = V;
  using Output = V;
  void on_item(const K& /*key*/, std::optional<State>& last, V&& value, weir::KeyedEmit<K, Output>& emit) {
    if (last != value) {
      emit(value);
    }
    last = std::move(value);
  }
};

/// Takes the step's id and gives what the pipe calls with the stream: a step like weir's own.
auto price_changes(std::string step_id) {
  return [id = std::move(step_id)](const weir::Stream<Trade>& trades) {
    return trades  //
           | op::map(id + ".by_symbol", [](Trade&& trade) { return std::pair{trade.symbol, trade.price}; }) |
           op::stateful(id, Changes<std::string, std::int64_t>{});
  };
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<Trade> trades{{"abc", 10}, {"abc", 10}, {"xyz", 7}, {"abc", 11}, {"xyz", 7}, {"abc", 10}};
  weir::Dataflow flow{"own_step"};
  flow.input("trades", weir::RangeInput{trades})  //
      | price_changes("changes")                  //
      | op::output("out", weir::StandardOutput{});
  return weir::run_main(std::move(flow), argc, argv);
}
