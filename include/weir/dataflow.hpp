#pragma once

#include <memory>
#include <string>
#include <utility>

#include "weir/detail/build.hpp"
#include "weir/detail/source_step.hpp"
#include "weir/source.hpp"
#include "weir/stream.hpp"

namespace weir {

/// The description of a job: steps that streams connect. Built once by one thread; running it does not change it, so it
/// can be run again, and several times at once.
class Dataflow {
 public:
  /// @param name  lower-case letters, digits and `_`
  /// @throws BuildError  if the name is malformed
  explicit Dataflow(std::string name) : graph_{std::make_unique<detail::Graph>(std::move(name))} {}

  /// Adds an input.
  ///
  /// @param step_id  unique in the dataflow
  /// @param source   a `Source`: `ManualInput`, `TextFiles`, ...; copied into the dataflow
  /// @return         the stream of its items; those of one partition keep their order
  /// @throws BuildError  if `step_id` is taken or malformed
  /// @see Bytewax 0.15, `Dataflow.input`.
  template <typename S>
  Stream<typename S::Item> input(std::string step_id, S source) {
    static_assert(Source<S>, "input: needs a source; see weir/source.hpp for what a source is");
    using T = typename S::Item;
    auto factory = detail::factory_of(
        [source = std::move(source)](detail::OperatorParts& parts) { return detail::make_source_step(source, parts); });
    return detail::StreamAccess::make<T>(
        *graph_, graph_->add_source(std::move(step_id), detail::output_of<T>(), std::move(factory)));
  }

  [[nodiscard]] const std::string& name() const noexcept { return graph_->name(); }

 private:
  friend struct RunAccess;
  std::unique_ptr<detail::Graph> graph_;
};

}  // namespace weir
