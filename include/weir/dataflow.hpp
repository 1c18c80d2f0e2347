#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "weir/detail/build.hpp"
#include "weir/detail/shape.hpp"
#include "weir/detail/signature.hpp"
#include "weir/detail/source_step.hpp"
#include "weir/serialize.hpp"
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
    constexpr auto kKept = PartitionedSource<S> ? detail::Kept::kPositions : detail::Kept::kWorkerPositions;
    return detail::StreamAccess::make<T>(
        *graph_, graph_->add_source(std::move(step_id), detail::output_of<T>(), kKept, std::move(factory)));
  }

  /// Lets a run resume from a recovery directory in which the step's states are still of another type.
  ///
  ///     flow.migrate("visits", [](const VisitsBefore& before) { return Visits{before.count, "unknown"}; });
  ///
  /// Migrations of one step may follow one another. A state is converted when it is loaded.
  /// @param migration  `To(const From&)`, both serializable, not overloaded
  template <typename Migration>
  void migrate(std::string step_id, Migration migration) {
    using From = typename detail::Signature<Migration>::template Argument<0>;
    using To = std::remove_cvref_t<typename detail::Signature<Migration>::Result>;
    static_assert(serializable<From> && serializable<To>, "migrate: both types of the state must be serializable");
    detail::StateMigration added;
    added.step_id = std::move(step_id);
    added.from = detail::Shape::of<From>();
    added.to = detail::Shape::of<To>();
    added.apply = [migration = std::move(migration)](std::string_view bytes) {
      return detail::to_bytes<To>(std::invoke(migration, detail::from_bytes<From>(bytes)));
    };
    graph_->add_migration(std::move(added));
  }

  [[nodiscard]] const std::string& name() const noexcept { return graph_->name(); }

 private:
  friend struct RunAccess;
  std::unique_ptr<detail::Graph> graph_;
};

}  // namespace weir
