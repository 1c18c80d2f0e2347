#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/detail/codec/shape.hpp"
#include "weir/detail/graph/signature.hpp"
#include "weir/detail/io/feed.hpp"
#include "weir/detail/runtime/make_as.hpp"
#include "weir/serialize.hpp"
#include "weir/source.hpp"
#include "weir/stream.hpp"

namespace weir {
namespace detail {

template <typename R>
concept Feeds = requires { typename io::Feed<R>::Value; } && IsPair<typename io::Feed<R>::Value>::value;

/// A partition made of a builder's result. The builder's copy and its arguments keep their addresses until the range or
/// coroutine is gone, since a coroutine may refer to them.
template <typename Builder, typename... Args>
class BuiltPartition final
    : public SourcePartition<
          typename io::Feed<std::remove_cvref_t<std::invoke_result_t<Builder&, Args&...>>>::Value::second_type> {
  using Made = std::remove_cvref_t<std::invoke_result_t<Builder&, Args&...>>;
  using StateAndItem = typename io::Feed<Made>::Value;
  using State = std::remove_cvref_t<typename StateAndItem::first_type>;
  using Item = typename StateAndItem::second_type;

 public:
  BuiltPartition(const Builder& builder, std::optional<std::string> position, Args... args)
      : builder_{builder},
        args_{std::move(args)...},
        position_{std::move(position)},
        feed_{[this]() -> Made { return std::apply([this](auto&... each) { return builder_(each...); }, args_); }} {}

  Poll poll(Emit<Item>& emit) override {
    while (emit.open()) {
      const io::Fed fed = feed_.next([&](StateAndItem&& next) {
        ++items_;
        emit(std::move(next.second));
        state_ = std::move(next.first);
      });
      if (fed.kind == io::Fed::Kind::kEnd) {
        return Poll::end();
      }
      if (fed.kind == io::Fed::Kind::kPause) {
        return Poll::idle(fed.pause);
      }
    }
    return Poll::more();
  }

  [[nodiscard]] std::string position() const override {
    return state_ ? to_bytes(*state_) : position_.value_or(std::string{});
  }

  [[nodiscard]] bool bounded() const override { return io::Feed<Made>::kBounded; }

  [[nodiscard]] std::optional<SourceProgress> progress() const override { return io::progress_of(feed_, items_); }

 private:
  Builder builder_;
  std::tuple<Args...> args_;
  std::optional<std::string> position_;
  std::optional<State> state_;
  std::uint64_t items_ = 0;
  io::Feed<Made> feed_;
};

/// The state that a builder resumes from: that of the last item, if there was one.
template <typename ResumeState>
ResumeState resume_state(const std::optional<std::string>& position) {
  if (!position || position->empty()) {
    return std::nullopt;
  }
  return from_bytes<typename ResumeState::value_type>(*position);
}

}  // namespace detail

/// An input that a function of the user makes on every worker: Bytewax's manual input.
///
///     weir::ManualInput{[](std::size_t worker_index, std::size_t worker_count, std::optional<int> resume_state) {
///       return std::vector<std::pair<int, Event>>{...};   // (state, item)
///     }}
///
/// weir calls the builder once for every worker, on the thread that starts the run. The builder must honour its worker
/// index: one that ignores it reads everything once per worker. It returns a range of `std::pair<State, T>`, a callable
/// that returns `std::optional` of it, or a `weir::Generator` of it, which may also yield `weir::idle(pause)` for
/// "nothing now". The state is the position after its item; a resumed run passes the last one as `resume_state`. weir
/// advances the result to its first item before the run starts, so that its errors show then. It must not block.
/// @see Bytewax 0.15, `ManualInputConfig`.
template <typename Builder>
class ManualInput {
  using Signature = detail::graph::Signature<Builder>;
  static_assert(Signature::kArity == 3,
                "ManualInput: the builder takes (worker_index, worker_count, std::optional<State> resume_state)");
  using ResumeState = typename Signature::template Argument<2>;
  using Partition = detail::BuiltPartition<Builder, std::uint32_t, std::uint32_t, ResumeState>;
  static_assert(
      detail::Feeds<std::remove_cvref_t<typename Signature::Result>>,
      "ManualInput: the builder returns a range of std::pair<State, T>, a callable giving std::optional of it, or "
      "a weir::Generator of it");

 public:
  /// The second of the pairs of a resume state and an item.
  using Item = typename detail::io::Feed<std::remove_cvref_t<typename Signature::Result>>::Value::second_type;

  /// Called once for each worker, in their order, on the thread that starts the run.
  explicit ManualInput(Builder builder) : builder_{std::move(builder)} {}

  /// Calls the builder for the worker of `context`, with the resume state of `position` if there is one.
  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::optional<std::string>& position,
                                                            const OpenContext& context) const {
    auto state = detail::resume_state<ResumeState>(position);
    return detail::runtime::make_as<SourcePartition<Item>, Partition>(builder_, position, context.worker.index.value,
                                                                      context.worker.count.value, std::move(state));
  }

  /// The type of the resume state: weir refuses to resume with another one.
  [[nodiscard]] std::string position_shape() const {
    return detail::codec::Shape::of<typename ResumeState::value_type>();
  }

 private:
  Builder builder_;
};

/// An input whose named partitions a function of the user makes; any worker count can resume it.
///
///     weir::PartitionedInput{{"a", "b"}, [](const std::string& name, std::optional<int> resume_state) { ... }}
///
/// The run assigns the names to the workers, and calls the builder once for each name, on the thread that starts the
/// run. The builder returns the same as for `ManualInput`.
/// @see Bytewax 0.21, `FixedPartitionedSource`.
template <typename Builder>
class PartitionedInput {
  using Signature = detail::graph::Signature<Builder>;
  static_assert(Signature::kArity == 2,
                "PartitionedInput: the builder takes (name, std::optional<State> resume_state)");
  using ResumeState = typename Signature::template Argument<1>;
  using Partition = detail::BuiltPartition<Builder, std::string, ResumeState>;
  static_assert(
      detail::Feeds<std::remove_cvref_t<typename Signature::Result>>,
      "PartitionedInput: the builder returns a range of std::pair<State, T>, a callable giving std::optional of "
      "it, or a weir::Generator of it");

 public:
  /// The second of the pairs of a resume state and an item.
  using Item = typename detail::io::Feed<std::remove_cvref_t<typename Signature::Result>>::Value::second_type;

  /// The builder is called once for each name, on the thread that starts the run.
  PartitionedInput(std::vector<std::string> names, Builder builder)
      : names_{std::move(names)}, builder_{std::move(builder)} {}

  [[nodiscard]] std::vector<std::string> partitions() const { return names_; }  ///< the names, as given

  /// Calls the builder for the partition, with the resume state of `position` if there is one.
  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::string& name,
                                                            const std::optional<std::string>& position,
                                                            const OpenContext& /*context*/) const {
    auto state = detail::resume_state<ResumeState>(position);
    return detail::runtime::make_as<SourcePartition<Item>, Partition>(builder_, position, name, std::move(state));
  }

  /// The type of the resume state: weir refuses to resume with another one.
  [[nodiscard]] std::string position_shape() const {
    return detail::codec::Shape::of<typename ResumeState::value_type>();
  }

 private:
  std::vector<std::string> names_;
  Builder builder_;
};

}  // namespace weir
