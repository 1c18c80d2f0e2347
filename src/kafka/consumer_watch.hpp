#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "kafka/conditions.hpp"
#include "kafka/group_commits.hpp"
#include "kafka/handles.hpp"
#include "kafka/questions.hpp"
#include "kafka/topic_choice.hpp"
#include "kafka/topic_partition.hpp"
#include "weir/detail/kafka/reading.hpp"
#include "weir/log.hpp"
#include "weir/planned_restart.hpp"

namespace weir::detail::kafka {

/// The consumer's own thread, since each question to a cluster waits for its answer: the run's I/O thread is for disks.
///
/// It serves the client's queue of events, asks for the topics at intervals, and commits the positions of a group.
class ConsumerWatch {
 public:
  struct Of {
    const Reading* reading;
    rd_kafka_t* client;
    std::vector<TopicPartition> partitions;  ///< by their indexes in the conditions
    Conditions* conditions;
    Log log;
    PlannedRestart restart;
  };

  /// @throws std::system_error  if the system has no thread left
  explicit ConsumerWatch(Of of);
  ConsumerWatch(const ConsumerWatch&) = delete;
  ConsumerWatch& operator=(const ConsumerWatch&) = delete;
  /// Waits at most 2 s for an answer, and 5 s for commits.
  ~ConsumerWatch();

  /// Commits a position to the group, soon. From any thread.
  void commit(std::size_t index, std::int64_t offset);

  /// Kafka does not hold the message at which a partition's reader is. From any thread.
  void report_missing(std::size_t index, std::int64_t offset);

  /// Has the client look at once whether to fetch messages of a partition. From any thread.
  void fetch_now(std::size_t index);

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void serve_event(rd_kafka_event_t& event);
  [[nodiscard]] std::chrono::milliseconds answer_limit() const;
  void check();
  [[nodiscard]] bool ask();
  void compare(const TopicSizes& sizes);
  void compare(const std::vector<std::optional<std::int64_t>>& offsets,
               const std::vector<std::optional<std::int64_t>>& ends);
  [[nodiscard]] Clock::duration gone_for(const std::string& topic);
  void announce(const std::string& change);
  void interrupted();
  void explain_missing();
  void wake_client();
  void fail(const std::string& what);
  [[nodiscard]] Clock::time_point next_turn() const;
  [[nodiscard]] bool stopping() const;

  Of of_;
  TopicChoice topics_;
  std::map<std::string, std::int32_t> sizes_;  // of the topics when they were opened
  Queue events_;
  GroupCommits commits_;
  std::optional<Clock::time_point> away_since_;
  Clock::time_point next_check_;
  std::chrono::milliseconds fetch_wait_;  // the most that a broker lets a fetch wait
  Clock::time_point next_warning_;
  Clock::time_point next_fetch_;
  std::map<std::string, Clock::time_point> gone_since_;  // topics, whole or in part
  std::string words_;                                    // the client's newest about a connection
  bool announced_ = false;

  mutable std::mutex mutex_;
  bool stop_ = false;
  std::map<std::size_t, std::int64_t> missing_;  // partitions, and their offsets
  std::set<std::size_t> dry_;                    // partitions
  std::thread thread_;
};

}  // namespace weir::detail::kafka
