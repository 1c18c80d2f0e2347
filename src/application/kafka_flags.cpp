#include "weir/kafka/flags.hpp"

#include <fmt/format.h>

#include "application/kafka_application.hpp"
#include "weir/errors.hpp"

namespace weir {

namespace {

detail::application::AskTopics asked_topics(const std::string& value) {
  using enum detail::application::AskTopics;
  if (value.empty()) {
    return kNo;
  }
  if (value == "print") {
    return kPrint;
  }
  if (value == "make") {
    return kMake;
  }
  throw UsageError{fmt::format("--kafka-topics is \"{}\"; give print or make", value)};
}

}  // namespace

struct KafkaFlags::Values {
  std::string brokers;
  std::string config;
  std::string missing{"refuse"};
  std::string pending{"refuse"};
  std::string application;
  std::string instance;
  std::string topics;
};

KafkaCluster KafkaFlags::cluster_of(const Values& values) {
  if (values.brokers.empty()) {
    throw UsageError{"--kafka is missing: give HOST:PORT of a Kafka broker"};
  }
  KafkaCluster cluster{values.brokers};
  if (!values.config.empty()) {
    cluster.read_file(values.config);
  }
  return cluster.read_environment();
}

KafkaFlags::KafkaFlags(Flags& flags) : values_{std::make_shared<Values>()} {
  flags.add("--kafka", values_->brokers, "The Kafka cluster: HOST:PORT of a broker, several divided by commas");
  flags.add("--kafka-config", values_->config,
            "A file with properties of librdkafka, NAME = VALUE on a line each: for TLS, logins and tuning");
  flags.add(
      "--kafka-missing", values_->missing,
      "If Kafka has deleted messages that were not read yet: refuse to run, or go on with the earliest or latest");
  flags.add("--kafka-pending", values_->pending,
            "If Kafka has forgotten whether it has the last epoch's output: refuse to run, send it again, or drop it");
  flags.add("--application", values_->application,
            "Share the work with all processes of this name; state is kept in Kafka in place of --recovery");
  flags.add("--instance", values_->instance,
            "With --application: a name of this process; one that is started with it again takes its place at once");
  flags.add("--kafka-topics", values_->topics,
            "With --application, in place of a run: print the topics that it needs, or make those that are missing");
  flags.set_options_by([values = values_](RunOptions& options) {
    if (values->application.empty() && !values->topics.empty()) {
      throw UsageError{"--kafka-topics is about the topics of an application; give --application too"};
    }
    if (values->application.empty() && !values->instance.empty()) {
      throw UsageError{"--instance names a process of an application; give --application too"};
    }
    if (!values->application.empty()) {
      if (!options.recovery.empty()) {
        throw UsageError{"--application and --recovery exclude each other: an application keeps its state in Kafka"};
      }
      options.application = detail::application::make_application(cluster_of(*values), values->application,
                                                                  values->instance, asked_topics(values->topics));
    }
  });
}

bool KafkaFlags::given() const { return !values_->brokers.empty(); }

KafkaCluster KafkaFlags::cluster() const { return cluster_of(*values_); }

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
