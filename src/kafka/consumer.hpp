#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "kafka/client_log.hpp"
#include "kafka/conditions.hpp"
#include "kafka/consumer_watch.hpp"
#include "kafka/handles.hpp"
#include "kafka/start_positions.hpp"
#include "weir/detail/kafka/reading.hpp"
#include "weir/source.hpp"

namespace weir::detail::kafka {

/// One client for all partitions that a run reads of an input. Each has a queue of its own, so that a worker that does
/// not read holds back its own partitions alone.
class Consumer {
 public:
  /// @throws UsageError  as `Lookup`
  Consumer(const Reading& reading, const OpenContext& context);
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;
  /// Waits for the commits of a group, at most 5 s.
  ~Consumer();

  struct Opened {
    std::size_t index = 0;
    StartPosition start;
  };

  /// Opens a partition. On the thread that starts the run.
  /// @throws UsageError, RecoveryError  as `StartPositions`
  [[nodiscard]] Opened open(const std::string& name, const std::optional<std::string>& position, Waker waker);

  // From here on, from any worker.

  /// The partition's queue, until it is closed. The first call begins to read all partitions.
  [[nodiscard]] rd_kafka_queue_t* queue(std::size_t index);

  /// As `Conditions::look`.
  [[nodiscard]] Conditions::Seen look(std::size_t index, std::int64_t offset) {
    return conditions_.look(index, offset);
  }

  /// As `Conditions::take_unreachable_seconds`.
  [[nodiscard]] std::uint64_t take_unreachable_seconds() { return conditions_.take_unreachable_seconds(); }

  /// After the last message, with those of open transactions, as far as it is known.
  [[nodiscard]] std::optional<std::int64_t> high(std::size_t index) const;

  /// As `ConsumerWatch::commit`.
  void commit(std::size_t index, std::int64_t offset);

  /// As `ConsumerWatch::report_missing`.
  void report_missing(std::size_t index, std::int64_t offset);

  /// All messages of a partition before this offset are read, and none waits.
  void run_dry(std::size_t index, std::int64_t offset);

  /// Calls the partition's waker no more.
  void close(std::size_t index);

 private:
  struct Partition {
    StartPosition start;
    Waker waker;
    bool open = true;
    Queue queue{};
  };

  void begin();
  void make_client();
  void assign();

  Reading reading_;
  Log log_;
  std::shared_ptr<ClientLog> client_log_;  // also of the thread that ends the client
  PlannedRestart restart_;
  std::string group_;
  std::unique_ptr<StartPositions> starts_;  // until reading begins
  Conditions conditions_;
  mutable std::mutex mutex_;  // what begins to read, with all from here on
  Client client_;
  std::deque<Partition> partitions_;  // which keep their addresses
  std::unique_ptr<ConsumerWatch> watch_;
};

}  // namespace weir::detail::kafka
