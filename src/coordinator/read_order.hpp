#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "graph/read_order.hpp"
#include "weir/detail/runtime/numbers.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::coordinator {

/// Which inputs are read after others, and how far that is: an input is released once all that it waits for have ended
/// on all workers, and the epochs of their last items have passed.
class ReadOrder {
 public:
  ReadOrder() = default;

  /// @param steps  how many the dataflow has
  explicit ReadOrder(std::size_t steps) : inputs_(steps) {}

  void add(const graph::Wait& wait);
  /// The input takes items before it is read.
  void note_taking(runtime::StepNumber input) { inputs_[input].takes = true; }

  /// How many steps the dataflow has.
  [[nodiscard]] std::size_t steps() const noexcept { return inputs_.size(); }
  [[nodiscard]] bool waits(runtime::StepNumber step) const { return !inputs_[step].after.empty(); }
  [[nodiscard]] bool awaited(runtime::StepNumber step) const { return inputs_[step].awaited; }

  /// On one worker the input is at its end.
  /// @param last  the epoch of its last items there
  void note_end(runtime::StepNumber input, Epoch last);

  /// The inputs that have nothing more to wait for, each once.
  /// @param passed  the epochs up to this one have passed all workers
  [[nodiscard]] std::vector<runtime::StepNumber> take_released(WorkerCount workers, Epoch passed);

  [[nodiscard]] bool all_released() const noexcept { return held_ == 0; }

  /// Whether an input that is not released may hold items that it took.
  [[nodiscard]] bool holds_taken() const;

  /// The latest epoch with items of an input that others wait for, among those that have ended on all workers.
  [[nodiscard]] Epoch last_epoch(WorkerCount workers) const;

 private:
  struct Input {
    std::vector<runtime::StepNumber> after;  // the inputs that it waits for; empty once it is released
    bool awaited = false;
    bool takes = false;
    std::uint32_t ended = 0;  // on so many workers
    Epoch last{0};
  };

  std::vector<Input> inputs_;  // by number of the step
  std::size_t held_ = 0;
};

}  // namespace weir::detail::coordinator
