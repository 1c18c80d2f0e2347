#pragma once

#include <memory>
#include <string>
#include <utility>

#include "weir/detail/io/sink_step.hpp"
#include "weir/serialize.hpp"
#include "weir/sink.hpp"

namespace weir::op {

/// The result of `output`.
template <typename S>
struct [[nodiscard]] Output {
  static constexpr bool kEndsStream = true;  ///< gives no stream: nothing follows it
  std::string step_id;                       ///< as `output` takes it
  S sink;                                    ///< as `output` takes it

  /// Adds the step to the dataflow of `up`. `up | output(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] void apply(const Stream<T>& up) && {
    constexpr bool kWantsText = !SinkOf<S, T> && SingleStreamSink<S, std::string>;
    static_assert(!kWantsText,
                  "output: this sink writes text, and the stream's items have none; map them to text by op::map, or "
                  "write them as JSON by weir::JsonLinesOutput{path, weir::fields<Item>(names...)}");
    static_assert(SinkOf<S, T> || kWantsText,
                  "output: this sink cannot take the stream's items; map them to the type that it takes, and see "
                  "weir/sink.hpp for what a sink is");
    constexpr bool kSharesTokens = PerWorkerSink<S, T> && !OnePartitionSink<S> && TransactionalSink<S, T>;
    static_assert(!kSharesTokens,
                  "output: a sink that takes part in epochs has one partition in all; say `static constexpr bool "
                  "kOnePartition = true`");
    if constexpr (kSharesTokens) {
      return;
    } else if constexpr (PerWorkerSink<S, T> && OnePartitionSink<S>) {
      static_assert(serializable<T>,
                    "output: this sink is on one worker, so items change worker and must be serializable: a plain "
                    "aggregate, or a type with cereal's serialize");
      if constexpr (serializable<T>) {
        detail::io::add_sink_step(std::move(step_id), up, detail::graph::exchanged_input<detail::exchange::ToFirst>(up),
                                  true, std::move(sink));
      }
    } else if constexpr (PerWorkerSink<S, T>) {
      detail::io::add_sink_step(std::move(step_id), up, detail::graph::direct_input(up), false, std::move(sink));
    } else if constexpr (SingleStreamSink<S, T>) {
      auto format = detail::graph::factory_of([text = S{sink}](detail::graph::OperatorParts& parts) {
        return detail::graph::make_operator<detail::io::FormatStep<T, S>>(parts, text);
      });
      using Factory = detail::io::SinkFactory<std::string>;
      using FactoryOf = detail::io::SinkFactoryOf<std::string, S>;
      detail::io::add_text_sink(detail::graph::StreamAccess::graph(up), step_id, detail::graph::direct_input(up),
                                std::move(format), detail::runtime::make_as<Factory, FactoryOf>(std::move(sink), true));
    }
  }
};

/// Writes the stream's items to a sink. A dataflow may have any number of outputs; a stream may have several.
///
///     ctrs | op::output("out", weir::StandardOutput{})
///
/// @param step_id  unique in the dataflow
/// @param sink     a `SinkOf` the items; copied into the dataflow
/// @see Bytewax 0.15, `Dataflow.capture`; Bytewax 0.21, operator `output`.
template <typename S>
Output<S> output(std::string step_id, S sink) {
  return {std::move(step_id), std::move(sink)};
}

}  // namespace weir::op
