#pragma once

#include <string>

/// An application, whose state is in Kafka.
struct ApplicationName {
  std::string brokers;
  std::string config;  ///< a file of properties of librdkafka; empty: none
  std::string id;
};

// As the commands for directories.
void show_application(const ApplicationName& name);
void verify_application(const ApplicationName& name);
void export_application(const ApplicationName& name, const std::string& step);
