#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "weir/bad_record.hpp"
#include "weir/detail/codec/shape.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/graph/signature.hpp"
#include "weir/detail/io/source_step.hpp"
#include "weir/serialize.hpp"
#include "weir/source.hpp"
#include "weir/stream.hpp"

namespace weir {
namespace detail {

template <typename S>
concept HasItem = requires { typename S::Item; };

/// Whether it is a source. If not, a sentence says why, and is the only error.
template <typename S>
consteval bool is_checked_source() {
  static_assert(
      HasItem<S>,
      "input: needs a source, which has a type for its items, `using Item = ...`; see weir/source.hpp for what "
      "a source is");
  static_assert(
      Source<S> || !HasItem<S>,
      "input: needs a source, which has std::vector<std::string> partitions() const, and "
      "std::unique_ptr<weir::SourcePartition<Item>> open(const std::string& name, const "
      "std::optional<std::string>& position, const weir::OpenContext& context) const; see weir/source.hpp for "
      "what a source is");
  return Source<S>;
}

}  // namespace detail

/// The description of a job: steps that streams connect. Built once by one thread; running it does not change it, so it
/// can be run again, and several times at once.
class Dataflow {
 public:
  /// @param name  lower-case letters, digits and `_`
  /// @throws BuildError  if the name is malformed
  explicit Dataflow(std::string name) : graph_{std::make_unique<detail::graph::Graph>(std::move(name))} {}

  /// Adds an input.
  ///
  /// @param step_id  unique in the dataflow
  /// @param source   a `Source`: `ManualInput`, `TextFiles`, ...; copied into the dataflow
  /// @return         a `Stream<typename S::Item>`, of its items; those of one partition keep their order
  /// @throws BuildError  if `step_id` is taken or malformed
  /// @see Bytewax 0.15, `Dataflow.input`.
  template <typename S>
  [[gnu::cold]] auto input(std::string step_id, S source) {
    if constexpr (detail::is_checked_source<S>()) {
      return detail::graph::StreamAccess::make<typename S::Item>(
          *graph_, add_source(std::move(step_id), std::move(source), {detail::graph::output_of<typename S::Item>()}));
    } else {
      return detail::Refused{};
    }
  }

  /// The same, for a source of records: `TextFiles`, `JsonLines`, `SqliteInput`.
  /// @param step_id  unique in the dataflow
  /// @param source   copied into the dataflow
  /// @param bad      how to treat a record that cannot be used
  /// @return         a `Stream<typename S::Item>`
  template <typename S>
  [[gnu::cold]] auto input(std::string step_id, S source, const OnBadRecord& bad) {
    if constexpr (detail::is_checked_source<S>()) {
      if (bad.action() == OnBadRecord::Action::kStop) {
        return input(std::move(step_id), std::move(source));
      }
      const auto [good, rejected] = try_input(step_id, std::move(source));
      detail::io::keep_bad_records(step_id, rejected, bad);
      return good;
    } else {
      return detail::Refused{};
    }
  }

  /// The same, with a stream of the records that cannot be used in place of a failure.
  ///
  ///     auto [events, bad] = flow.try_input("events", weir::JsonLines{{"log.jsonl"}, shape});
  ///
  /// @return  a pair of a `Stream<typename S::Item>` and a `Stream<BadRecord>`
  template <typename S>
  auto try_input(std::string step_id, S source) {
    if constexpr (detail::is_checked_source<S>()) {
      const auto step = add_source(std::move(step_id), std::move(source),
                                   {detail::graph::output_of<typename S::Item>(), detail::io::bad_record_output()});
      return std::pair{detail::graph::StreamAccess::make<typename S::Item>(*graph_, step),
                       detail::graph::StreamAccess::make<BadRecord>(*graph_, {step, {1}})};
    } else {
      return std::pair{detail::Refused{}, detail::Refused{}};
    }
  }

  /// Lets a run resume from a recovery directory in which the step's states are still of another type.
  ///
  ///     flow.migrate("visits", [](const VisitsBefore& before) { return Visits{before.count, "unknown"}; });
  ///
  /// Migrations of one step may follow one another. A state is converted when it is loaded.
  /// @param step_id    the keyed step, which may be written before or after this call
  /// @param migration  `To(const From&)`, both serializable, not overloaded
  template <typename Migration>
  void migrate(std::string step_id, Migration migration) {
    using From = typename detail::graph::Signature<Migration>::template Argument<0>;
    using To = std::remove_cvref_t<typename detail::graph::Signature<Migration>::Result>;
    static_assert(serializable<From> && serializable<To>, "migrate: both types of the state must be serializable");
    detail::graph::StateMigration added;
    added.step_id = std::move(step_id);
    added.from = detail::codec::Shape::of<From>();
    added.to = detail::codec::Shape::of<To>();
    added.apply = [migration = std::move(migration)](std::string_view bytes) {
      return detail::to_bytes<To>(std::invoke(migration, detail::from_bytes<From>(bytes)));
    };
    graph_->add_migration(std::move(added));
  }

  /// As given; reports, metrics and the recovery directory have it.
  [[nodiscard]] const std::string& name() const noexcept { return graph_->name(); }

 private:
  friend struct RunAccess;

  template <typename S>
  detail::runtime::StepNumber add_source(std::string step_id, S source,
                                         std::initializer_list<detail::graph::OutputSpec> outputs) {
    std::string shape = detail::io::position_shape_of(source);
    detail::graph::InApplication in_application = detail::io::source_in_application(source);
    auto factory =
        detail::runtime::make_as<detail::graph::OperatorFactory, detail::io::SourceFactory<S>>(std::move(source));
    return graph_->add_source(std::move(step_id), outputs,
                              {.position_shape = std::move(shape),
                               .partition_per_worker = !PartitionedSource<S>,
                               .in_application = std::move(in_application)},
                              std::move(factory));
  }

  std::unique_ptr<detail::graph::Graph> graph_;
};

}  // namespace weir
