#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/detail/io/feed.hpp"
#include "weir/detail/runtime/make_as.hpp"
#include "weir/serialize.hpp"
#include "weir/source.hpp"

namespace weir {

/// The items of a function's result: a `weir::Generator`, a range, or a callable that returns `std::optional` items.
///
///     flow.input("numbers", weir::GeneratorInput{[]() -> weir::Generator<int> {
///       for (int i = 0; i < 10; ++i) {
///         co_yield i;
///       }
///     }})
///
/// One partition: one worker reads it once. Its position is the number of items. A resumed run calls the function again
/// and drops that many, so the function must produce the same items again. It must not block. weir advances it to its
/// first item before the run starts.
template <typename Function>
class GeneratorInput {
  using Made = std::remove_cvref_t<std::invoke_result_t<Function&>>;

 public:
  using Item = typename detail::io::Feed<Made>::Value;  ///< the item that the generator or range gives

  /// Called for each run, also for one that resumes.
  explicit GeneratorInput(Function function) : function_{std::move(function)} {}

  [[nodiscard]] std::vector<std::string> partitions() const { return {"items"}; }  ///< one partition, named `items`

  /// The content of a position: weir refuses to resume from that of another source.
  [[nodiscard]] std::string position_shape() const { return "number of items"; }

  /// Calls the function, and skips as many items as `position` counts, so a resumed run takes time to make them again.
  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::string& /*name*/,
                                                            const std::optional<std::string>& position,
                                                            const OpenContext& /*context*/) const {
    return detail::runtime::make_as<SourcePartition<Item>, Partition>(
        function_, position ? detail::from_bytes<std::uint64_t>(*position) : 0);
  }

 private:
  class Partition final : public SourcePartition<Item> {
   public:
    Partition(const Function& function, std::uint64_t skip)
        : function_{function}, skip_{skip}, feed_{[this]() -> Made { return function_(); }} {}

    Poll poll(Emit<Item>& emit) override {
      for (int asked = 0; asked < kMostAtOnce && emit.open(); ++asked) {
        const detail::io::Fed fed = feed_.next([&](Item&& item) {
          if (++items_ > skip_) {
            emit(std::move(item));
          }
        });
        if (fed.kind == detail::io::Fed::Kind::kEnd) {
          return Poll::end();
        }
        if (fed.kind == detail::io::Fed::Kind::kPause) {
          return Poll::idle(fed.pause);
        }
      }
      return Poll::more();
    }

    [[nodiscard]] std::string position() const override { return detail::to_bytes(items_ > skip_ ? items_ : skip_); }

    [[nodiscard]] bool bounded() const override { return detail::io::Feed<Made>::kBounded; }

    [[nodiscard]] std::optional<SourceProgress> progress() const override {
      return detail::io::progress_of(feed_, items_);
    }

   private:
    static constexpr int kMostAtOnce = 1024;

    Function function_;
    std::uint64_t skip_;
    std::uint64_t items_ = 0;
    detail::io::Feed<Made> feed_;
  };

  Function function_;
};

/// The items of a range, in order: a vector, a view. Read once, by one worker.
///
///     flow.input("words", weir::RangeInput{std::vector<std::string>{"a", "b"}})
template <std::ranges::input_range Range>
class RangeInput {
 public:
  using Item = std::ranges::range_value_t<Range>;  ///< an element of the range

  explicit RangeInput(Range range) : range_{std::move(range)} {}  ///< kept by value; each run iterates over a copy

  [[nodiscard]] std::vector<std::string> partitions() const { return {"items"}; }  ///< one partition, named `items`

  /// The content of a position: weir refuses to resume from that of another source.
  [[nodiscard]] std::string position_shape() const { return "number of items"; }

  /// Copies the range, and skips as many elements as `position` counts.
  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::string& name,
                                                            const std::optional<std::string>& position,
                                                            const OpenContext& context) const {
    return GeneratorInput{[range = range_] { return range; }}.open(name, position, context);
  }

 private:
  Range range_;
};

}  // namespace weir
