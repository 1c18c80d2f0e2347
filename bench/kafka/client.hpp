#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "kafka/handles.hpp"

namespace weir::bench::kafka {

using Properties = std::vector<std::pair<std::string, std::string>>;

/// @throws std::runtime_error  with what librdkafka says, if there is an error
inline void check(const detail::kafka::Error& error) {
  if (error != nullptr) {
    throw std::runtime_error{rd_kafka_error_string(error.get())};
  }
}

inline void check(rd_kafka_resp_err_t error) {
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error{rd_kafka_err2str(error)};
  }
}

/// A client of librdkafka with its defaults, but for these properties.
/// @throws std::runtime_error  if librdkafka refuses one
inline detail::kafka::Client make_client(rd_kafka_type_t kind, const Properties& properties) {
  std::array<char, 512> words{};
  detail::kafka::Conf configuration{rd_kafka_conf_new()};
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(configuration.get(), name.c_str(), value.c_str(), words.data(), words.size()) !=
        RD_KAFKA_CONF_OK) {
      throw std::runtime_error{words.data()};
    }
  }
  detail::kafka::Client client{rd_kafka_new(kind, configuration.get(), words.data(), words.size())};
  if (client == nullptr) {
    throw std::runtime_error{words.data()};
  }
  static_cast<void>(configuration.release());  // the client's now
  return client;
}

/// Gives a record to a producer; waits while its queue is full.
/// @param partition  `RD_KAFKA_PARTITION_UA`: the key chooses
inline void produce(rd_kafka_t* client, rd_kafka_topic_t* topic, std::int32_t partition, const std::string& key,
                    const std::string& value) {
  while (rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY,
                          const_cast<char*>(value.data()),  // NOLINT: librdkafka copies it
                          value.size(), key.data(), key.size(), nullptr) != 0) {
    const rd_kafka_resp_err_t error = rd_kafka_last_error();
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      check(error);
    }
    rd_kafka_poll(client, 10);
  }
}

/// Runs a program that fails by exceptions.
template <typename Run>
int exit_code_of(Run run) {
  try {
    run();
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return EXIT_FAILURE;
  }
}

}  // namespace weir::bench::kafka
