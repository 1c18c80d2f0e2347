// An input written as a coroutine. It keeps its place in local variables, says when there is nothing to read, and
// yields each item with the state from which it could go on behind that item.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <weir/weir.hpp>

namespace op = weir::op;
using namespace std::chrono_literals;

namespace {

struct Reading {
  std::string sensor;
  std::int64_t celsius;
};

/// Three readings of one sensor, with pauses: as one would poll a device.
weir::Generator<std::pair<std::int64_t, Reading>> poll(const std::string& sensor,
                                                       std::optional<std::int64_t> resume_state) {
  for (std::int64_t n = resume_state.value_or(0); n < 3; ++n) {
    co_yield weir::idle(1ms);  // nothing now; the worker does other work, or sleeps
    std::pair<std::int64_t, Reading> item{n + 1, {sensor, 20 + n}};
    co_yield item;  // a named object: GCC 12 destroys aggregate temporaries in a co_yield expression twice
  }
}

}  // namespace

int main(int argc, char** argv) {
  weir::Dataflow flow{"sensors"};
  // Each name is a partition with a place of its own; any number of workers can share them.
  flow.input("sensors", weir::PartitionedInput{{"attic", "cellar"}, poll})  //
      |
      op::map("by_sensor", [](Reading&& reading) { return std::pair{reading.sensor, std::pair{1, reading.celsius}}; }) |
      op::reduce(
          "warmest_of_three",
          [](std::pair<int, std::int64_t>& so_far, std::pair<int, std::int64_t>&& next) {
            so_far = {so_far.first + next.first, std::max(so_far.second, next.second)};
          },
          [](const std::pair<int, std::int64_t>& so_far) { return so_far.first == 3; }) |
      op::output("out", weir::StandardOutput{});
  return weir::run_main(std::move(flow), argc, argv);
}
