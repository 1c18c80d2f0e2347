#include "coordinator/read_order.hpp"

#include <algorithm>

namespace weir::detail::coordinator {

void ReadOrder::add(const graph::Wait& wait) {
  Input& input = inputs_[wait.input];
  held_ += input.after.empty() ? 1 : 0;
  input.after.push_back(wait.table);
  inputs_[wait.table].awaited = true;
}

void ReadOrder::note_end(runtime::StepNumber input, Epoch last) {
  ++inputs_[input].ended;
  inputs_[input].last = std::max(inputs_[input].last, last);
}

std::vector<runtime::StepNumber> ReadOrder::take_released(WorkerCount workers, Epoch passed) {
  const auto is_read = [&](runtime::StepNumber table) {
    return inputs_[table].ended == workers.value && inputs_[table].last <= passed;
  };
  std::vector<runtime::StepNumber> released;
  for (runtime::StepNumber step{0}; step < inputs_.size(); ++step.value) {
    if (waits(step) && std::ranges::all_of(inputs_[step].after, is_read)) {
      inputs_[step].after.clear();
      --held_;
      released.push_back(step);
    }
  }
  return released;
}

bool ReadOrder::holds_taken() const {
  return std::ranges::any_of(inputs_, [](const Input& input) { return input.takes && !input.after.empty(); });
}

Epoch ReadOrder::last_epoch(WorkerCount workers) const {
  Epoch last{0};
  for (const Input& input : inputs_) {
    if (input.awaited && input.ended == workers.value) {
      last = std::max(last, input.last);
    }
  }
  return last;
}

}  // namespace weir::detail::coordinator
