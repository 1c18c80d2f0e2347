#pragma once

#include <map>
#include <string>
#include <string_view>

namespace weir {

/// A Kafka cluster, and how to speak with it.
///
///     const weir::KafkaCluster cluster = weir::KafkaCluster{"broker1:9092,broker2:9092"}
///                                            .set("security.protocol", "sasl_ssl")
///                                            .read_file("kafka.properties");
///
/// Takes every property of librdkafka's configuration, which documents them. Three sources give properties: `set`,
/// a file, and the environment. The last one that names a property wins; the environment wins over both.
/// `KafkaInput` and `KafkaOutput` have a `set` too, for properties of one step.
///
/// weir never prints the value of a property. Properties that weir decides itself are refused by name, for example
/// `transactional.id` and `isolation.level`.
///
/// @see https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md
class KafkaCluster {
 public:
  /// @param brokers  where to ask for the cluster: `HOST:PORT`, several divided by commas
  explicit KafkaCluster(std::string brokers);

  /// Sets a property of librdkafka.
  /// @throws UsageError  if librdkafka does not know the property, refuses the value, or weir decides it
  KafkaCluster& set(const std::string& name, const std::string& value) &;
  /// For a chain of calls.
  KafkaCluster&& set(const std::string& name, const std::string& value) && { return std::move(this->set(name, value)); }

  /// Sets the properties of a file: a line `NAME = VALUE` each. Empty lines and lines that begin with `#` are left out.
  /// Passwords in a file are in no list of processes.
  /// @throws UsageError  as `set`, with the file and the line; or if the file cannot be read
  KafkaCluster& read_file(const std::string& path) &;
  /// For a chain of calls.
  KafkaCluster&& read_file(const std::string& path) && { return std::move(this->read_file(path)); }

  /// Sets the properties of the environment: `WEIR_KAFKA_PROPERTY_SASL_PASSWORD` is `sasl.password`.
  /// @throws UsageError  as `set`, with the variable
  KafkaCluster& read_environment() &;
  KafkaCluster&& read_environment() && { return std::move(this->read_environment()); }  ///< for a chain of calls

  /// Makes a topic that is not there yet, with the brokers' defaults for all but the partitions. Waits for up to 10 s.
  /// @param name        of the topic
  /// @param partitions  how many it gets
  /// @param settings    of the topic, by name: `{{"cleanup.policy", "compact"}}`
  /// @return  whether it made it
  /// @throws UsageError  with the broker's words, if it cannot
  bool make_topic(const std::string& name, int partitions,
                  const std::map<std::string, std::string>& settings = {}) const;

  /// As given: `HOST:PORT`, with commas between several.
  [[nodiscard]] const std::string& brokers() const noexcept { return brokers_; }
  /// The properties that were set, by name; they may include passwords.
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& properties() const noexcept {
    return properties_;
  }

 private:
  std::string brokers_;
  std::map<std::string, std::string, std::less<>> properties_;
};

}  // namespace weir
