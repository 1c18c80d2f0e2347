// What a callable captures by reference is shared by the copies of all workers, so it must be safe to share: here an
// atomic counter of the lines that are no numbers, and a slot per worker that only that worker writes.

#include <atomic>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include <weir/weir.hpp>

namespace op = weir::op;

namespace {

std::optional<std::int64_t> parse(const std::string& line) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  return error == std::errc{} && end == line.data() + line.size() ? std::optional{number} : std::nullopt;
}

/// On a cache line of its own, so that workers do not slow each other down.
struct alignas(64) Slot {
  std::int64_t sum = 0;
};

}  // namespace

int main() {
  const std::vector<std::string> lines{"1", "2", "three", "4", "", "5"};
  weir::RunOptions options;
  options.workers = 4;

  std::atomic<int> malformed{0};
  std::vector<Slot> slots(options.workers);

  weir::Dataflow flow{"shared_counter"};
  flow.input("lines", weir::RangeInput{lines})  // read by one worker,
      | op::redistribute("share")               // so the work is dealt out
      | op::filter_map("parse",
                       [&malformed](const std::string& line) {
                         const auto number = parse(line);
                         if (!number) {
                           malformed.fetch_add(1, std::memory_order_relaxed);  // several workers at once
                         }
                         return number;
                       }) |
      op::output("sum", weir::ManualOutput{[&slots](std::size_t worker_index, std::size_t) {
                   return [slot = &slots[worker_index]](std::int64_t number) { slot->sum += number; };
                 }});
  weir::run(flow, options);  // when it returns, no worker runs any more: plain reads are safe

  std::int64_t sum = 0;
  for (const Slot& slot : slots) {
    sum += slot.sum;
  }
  std::cout << "sum " << sum << '\n' << "malformed " << malformed << '\n';
}
