#include "weir/kafka/flags.hpp"

#include <fmt/format.h>

#include "weir/errors.hpp"

namespace weir {

struct KafkaFlags::Values {
  std::string brokers;
  std::string config;
  std::string missing{"refuse"};
  std::string pending{"refuse"};
};

KafkaFlags::KafkaFlags(Flags& flags) : values_{std::make_shared<Values>()} {
  flags.add("--kafka", values_->brokers, "The Kafka cluster: HOST:PORT of a broker, several divided by commas");
  flags.add("--kafka-config", values_->config,
            "A file with properties of librdkafka, NAME = VALUE on a line each: for TLS, logins and tuning");
  flags.add(
      "--kafka-missing", values_->missing,
      "If Kafka has deleted messages that were not read yet: refuse to run, or go on with the earliest or latest");
  flags.add("--kafka-pending", values_->pending,
            "If Kafka has forgotten whether it has the last epoch's output: refuse to run, send it again, or drop it");
}

bool KafkaFlags::given() const { return !values_->brokers.empty(); }

KafkaCluster KafkaFlags::cluster() const {
  if (!given()) {
    throw UsageError{"--kafka is missing: give HOST:PORT of a Kafka broker"};
  }
  KafkaCluster cluster{values_->brokers};
  if (!values_->config.empty()) {
    cluster.read_file(values_->config);
  }
  return cluster.read_environment();
}

KafkaMissing KafkaFlags::missing() const {
  if (values_->missing == "refuse") {
    return KafkaMissing::kRefuse;
  }
  if (values_->missing == "earliest") {
    return KafkaMissing::kEarliest;
  }
  if (values_->missing == "latest") {
    return KafkaMissing::kLatest;
  }
  throw UsageError{fmt::format("--kafka-missing is \"{}\"; give refuse, earliest or latest", values_->missing)};
}

KafkaPending KafkaFlags::pending() const {
  if (values_->pending == "refuse") {
    return KafkaPending::kRefuse;
  }
  if (values_->pending == "again") {
    return KafkaPending::kAgain;
  }
  if (values_->pending == "drop") {
    return KafkaPending::kDrop;
  }
  throw UsageError{fmt::format("--kafka-pending is \"{}\"; give refuse, again or drop", values_->pending)};
}

}  // namespace weir
