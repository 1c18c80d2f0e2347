#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/output_record.hpp"

namespace weir::detail::application {

/// A partition of a topic.
struct Place {
  std::string topic;
  std::int32_t partition = 0;

  friend auto operator<=>(const Place&, const Place&) = default;
};

/// The next offset to read, as a group keeps it.
struct GroupPosition {
  Place place;
  std::int64_t next = 0;
};

/// A call of the cluster that failed.
class CallError : public std::runtime_error {
 public:
  enum class Kind : std::uint8_t {
    kAgain,    ///< the same call may succeed later
    kFailed,   ///< the producer is of no use any more; whether a commit took effect is known to Kafka alone
    kRefused,  ///< it stays until somebody mends it
  };

  CallError(Kind kind, const std::string& words) : std::runtime_error{words}, kind_{kind} {}

  [[nodiscard]] Kind kind() const noexcept { return kind_; }

 private:
  Kind kind_;
};

/// A process's membership of the group, as of an assignment: member and generation. Brokers refuse positions that come
/// with an older one than the group's.
class Membership {
 public:
  Membership() = default;
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;
  virtual ~Membership() = default;
};

/// Sends transactions under one transactional id. All calls throw `CallError`s.
class TransactionSender {
 public:
  TransactionSender() = default;
  TransactionSender(const TransactionSender&) = delete;
  TransactionSender& operator=(const TransactionSender&) = delete;
  virtual ~TransactionSender() = default;

  virtual void begin() = 0;
  virtual void send(const kafka::OutputRecord& record) = 0;
  /// After all records. Fails if the membership is not that of the group's generation.
  virtual void send_positions(const std::vector<GroupPosition>& positions, const Membership& membership) = 0;
  virtual void commit() = 0;
  virtual void abort() noexcept = 0;

  /// Whether a connection was closed since `begin`. A request to commit may still be on its way then, and would commit
  /// the next transaction of this id half done.
  [[nodiscard]] virtual bool disturbed() const = 0;
};

/// Reads the committed records of partitions, all from their beginnings.
class Reading {
 public:
  enum class Kind : std::uint8_t {
    kRecord,
    kEnd,      ///< there is nothing more before `offset` that is committed
    kNothing,  ///< no news now
  };
  struct News {
    Kind kind = Kind::kNothing;
    std::size_t index = 0;  ///< of the partition
    std::int64_t offset = 0;
    std::string_view key{};                   ///< until the next call
    std::optional<std::string_view> value{};  ///< none: a tombstone
  };

  Reading() = default;
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  virtual ~Reading() = default;

  [[nodiscard]] virtual News next() = 0;
};

/// A Kafka cluster, as the protocol of an application sees it.
class Port {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Port() = default;
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  virtual ~Port() = default;

  /// Ends what is left of earlier producers of this id.
  /// @throws CallError
  [[nodiscard]] virtual std::unique_ptr<TransactionSender> make_sender(const std::string& id) = 0;

  /// What the group has committed. `kAgain` while a transaction that would change one of them is undecided.
  /// @throws CallError
  [[nodiscard]] virtual std::vector<std::optional<std::int64_t>> committed(const std::vector<Place>& places) = 0;

  /// After the last record of a partition, decided or not.
  /// @throws CallError
  [[nodiscard]] virtual std::int64_t end_of(const Place& place) = 0;

  /// @throws CallError
  [[nodiscard]] virtual std::unique_ptr<Reading> read(const std::vector<Place>& places) = 0;

  /// A transactional id that no process has used.
  [[nodiscard]] virtual std::string fresh_id() = 0;

  [[nodiscard]] virtual Time now() = 0;

  /// A short while.
  virtual void pause() = 0;
};

}  // namespace weir::detail::application
