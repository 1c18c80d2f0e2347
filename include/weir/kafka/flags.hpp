#pragma once

#include <memory>
#include <string>

#include "weir/detail/kafka/output_settings.hpp"
#include "weir/flags.hpp"
#include "weir/kafka/cluster.hpp"
#include "weir/kafka/start.hpp"

namespace weir {

/// The flags of a program that reads or writes Kafka topics: `--kafka`, `--kafka-config`, `--kafka-missing`,
/// `--kafka-pending`, `--application`, `--instance` and `--kafka-topics`.
///
///     weir::Flags flags{"totals", "Adds up the orders of each shop."};
///     weir::KafkaFlags kafka{flags};
///     return weir::run_main(flags, argc, argv, [&] { return build(kafka); });
///
/// Its functions give what the command line, the environment and the file of `--config` say, once `flags` has parsed
/// them. Copies are cheap and the same flags.
///
/// **With `--application` NAME** any number of processes of the program share the work, on one machine or many. Kafka
/// deals the partitions of the topics to them, keeps the state in the topic NAME-state, and decides output, state and
/// positions of an epoch by one transaction. A process may end at any moment: the others take its partitions over. See
/// docs/scale-out.md for the dataflows that can run so.
class KafkaFlags {
 public:
  explicit KafkaFlags(Flags& flags);  ///< adds the flags; `flags` must outlive the parse only

  /// Whether `--kafka` is given.
  [[nodiscard]] bool given() const;

  /// The cluster of `--kafka`, with the properties of the file of `--kafka-config`, and then those of the environment.
  /// @throws UsageError  if `--kafka` is not given, or as `KafkaCluster::read_file` and `read_environment`
  [[nodiscard]] KafkaCluster cluster() const;

  /// For `KafkaInput::missing`.
  /// @throws UsageError  if the flag has another value
  [[nodiscard]] KafkaMissing missing() const;

  /// For `KafkaOutput::pending`.
  /// @throws UsageError  if the flag has another value
  [[nodiscard]] KafkaPending pending() const;

 private:
  struct Values;
  [[nodiscard]] static KafkaCluster cluster_of(const Values& values);
  std::shared_ptr<Values> values_;
};

}  // namespace weir
