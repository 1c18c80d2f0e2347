#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "weir/detail/runtime/make_as.hpp"
#include "weir/manual_output.hpp"
#include "weir/sink.hpp"

namespace weir {

/// An output that hands the items of all workers back to the host program, one call at a time.
///
///     std::vector<double> ctrs;
///     ctrs_stream | op::output("out", weir::Callback{[&](double ctr) { ctrs.push_back(ctr); }});
///
/// One worker owns the callable, and an exchange brings it the items of the other workers. So the data that it uses
/// needs no lock, as long as the host program reads that data only after `run` or `wait`. It must not block.
/// At-least-once.
template <typename F>
class Callback {
 public:
  /// One partition in all.
  static constexpr bool kOnePartition = true;

  /// `void(T)`, for each item, on the worker that owns the output.
  explicit Callback(F callable) : callable_{std::move(callable)} {}

  /// For the runtime: makes the partition, on the thread that starts the run. It calls its own copy of the callable.
  template <typename T>
    requires std::invocable<F&, T>
  [[nodiscard]] std::unique_ptr<SinkPartition<T>> open(const OpenContext& /*context*/) const {
    return detail::runtime::make_as<SinkPartition<T>, detail::ManualPartition<T, F>>(callable_);
  }

 private:
  F callable_;
};

}  // namespace weir
