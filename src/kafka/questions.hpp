#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kafka/handles.hpp"
#include "kafka/topic_choice.hpp"
#include "kafka/topic_partition.hpp"

namespace weir::detail::kafka {

/// An answer of the cluster, or why there is none.
template <typename T>
struct Answer {
  std::optional<T> value{};
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string about{};  ///< the topic or partition that has the error; empty: all
};

/// There is none, for this reason.
template <typename T>
[[nodiscard]] Answer<T> no_answer(rd_kafka_resp_err_t error) {
  Answer<T> answer;
  answer.error = error;
  return answer;
}

/// How many partitions each topic has. One that is not there, or may not be seen, has an error in its place.
struct TopicSizes {
  std::map<std::string, std::int32_t> partitions;
  std::map<std::string, rd_kafka_resp_err_t> failed;
};

/// Asks for the topics; for all topics that the cluster has, if there are patterns. Waits for the answer.
[[nodiscard]] Answer<TopicSizes> ask_sizes(rd_kafka_t* client, const TopicChoice& topics,
                                           std::chrono::milliseconds limit);

/// What ListOffsets takes in place of a time.
constexpr std::int64_t kEndOffset = RD_KAFKA_OFFSET_END;          ///< after the last message that may be read
constexpr std::int64_t kFirstOffset = RD_KAFKA_OFFSET_BEGINNING;  ///< at the first message

/// Asks for an offset of each partition: `kEndOffset`, `kFirstOffset`, or the first of a message of that time, in
/// milliseconds, or later; for the latter, `kEndOffset` if there is none. Waits for the answer.
[[nodiscard]] Answer<std::vector<std::int64_t>> ask_offsets(rd_kafka_t* client,
                                                            const std::vector<TopicPartition>& partitions,
                                                            std::int64_t time, std::chrono::milliseconds limit);

/// Asks for the offset that the client's group has committed for each partition; nothing for those without one.
[[nodiscard]] Answer<std::vector<std::optional<std::int64_t>>> ask_committed(
    rd_kafka_t* client, const std::vector<TopicPartition>& partitions, std::chrono::milliseconds limit);

/// Whether asking again may help.
[[nodiscard]] bool is_passing(rd_kafka_resp_err_t error);

}  // namespace weir::detail::kafka
