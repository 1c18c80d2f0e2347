#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "weir/detail/runtime/make_as.hpp"
#include "weir/sink.hpp"

namespace weir {

namespace detail {
template <typename T, typename Writer>
class ManualPartition final : public SinkPartition<T> {
 public:
  explicit ManualPartition(Writer writer) : writer_{std::move(writer)} {}
  void write(T&& item) override { std::invoke(writer_, std::move(item)); }
  void write_all(std::span<T> items) override {
    for (T& item : items) {
      std::invoke(writer_, std::move(item));
    }
  }

 private:
  Writer writer_;
};
}  // namespace detail

/// An output that a function of the user makes on every worker: Bytewax's manual output.
///
///     weir::ManualOutput{[](std::size_t worker_index, std::size_t worker_count) {
///       return [](double ctr) { std::cout << ctr << '\n'; };
///     }}
///
/// weir calls the builder once for every worker, on the thread that starts the run. It calls the result for each item
/// of that worker, on the worker's thread. The result must not block. At-least-once.
/// @see Bytewax 0.15, `ManualOutputConfig`.
template <typename Builder>
class ManualOutput {
  static_assert(std::invocable<const Builder&, std::uint32_t, std::uint32_t>,
                "ManualOutput: the builder takes (worker_index, worker_count) and returns a callable for each item");

 public:
  /// Called once for each worker, in their order, on the thread that starts the run.
  explicit ManualOutput(Builder builder) : builder_{std::move(builder)} {}

  /// Calls the builder for the worker of `context`. The callable that it returns gets the items of that worker.
  template <typename T>
    requires std::invocable<std::invoke_result_t<const Builder&, std::uint32_t, std::uint32_t>&, T>
  [[nodiscard]] std::unique_ptr<SinkPartition<T>> open(const OpenContext& context) const {
    using Writer = std::invoke_result_t<const Builder&, std::uint32_t, std::uint32_t>;
    return detail::runtime::make_as<SinkPartition<T>, detail::ManualPartition<T, Writer>>(
        builder_(context.worker.index.value, context.worker.count.value));
  }

 private:
  Builder builder_;
};

}  // namespace weir
