#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <weir/weir.hpp>

namespace weir::bench {

/// On one worker every W-th of the first `items` items.
template <typename Make>
class NumberedPartition final : public SourcePartition<std::invoke_result_t<Make, std::uint64_t>> {
 public:
  NumberedPartition(std::uint64_t items, Make make, std::uint64_t first, std::uint64_t step)
      : items_{items}, make_{make}, next_{first}, step_{step} {}

  Poll poll(Emit<std::invoke_result_t<Make, std::uint64_t>>& emit) override {
    if (next_ < items_) {
      const auto make_next = [make = make_, next = next_, step = step_]() mutable {
        return make(std::exchange(next, next + step));
      };
      next_ += step_ * emit.generate_n((items_ - next_ - 1) / step_ + 1, make_next);
    }
    return next_ < items_ ? Poll::more() : Poll::end();
  }

  [[nodiscard]] std::string position() const override { return std::to_string(next_); }

 private:
  std::uint64_t items_;
  Make make_;
  std::uint64_t next_;
  std::uint64_t step_;
};

/// A source whose item number n is `make(n)`.
template <typename Make>
struct Numbered {
  static_assert(std::is_class_v<Make>, "a lambda: calls by a pointer are not inlined, and would be measured too");
  using Item = std::invoke_result_t<Make, std::uint64_t>;
  std::uint64_t items;
  Make make;

  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::optional<std::string>& position,
                                                            const OpenContext& context) const {
    return std::make_unique<NumberedPartition<Make>>(
        items, make, position ? std::stoull(*position) : context.worker.index.value, context.worker.count.value);
  }
};

}  // namespace weir::bench
