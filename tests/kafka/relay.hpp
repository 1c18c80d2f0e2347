#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::tests::kafka {

/// Kinds of requests, by their numbers in Kafka's protocol.
/// @see Kafka protocol guide, "Api Keys".
enum class ApiKey : std::int16_t {
  kProduce = 0,
  kFetch = 1,
  kListOffsets = 2,
  kMetadata = 3,
  kOffsetCommit = 8,
  kOffsetFetch = 9,
  kFindCoordinator = 10,
  kJoinGroup = 11,
  kHeartbeat = 12,
  kLeaveGroup = 13,
  kSyncGroup = 14,
  kApiVersions = 18,
  kInitProducerId = 22,
  kAddPartitionsToTxn = 24,
  kAddOffsetsToTxn = 25,
  kEndTxn = 26,
  kWriteTxnMarkers = 27,  ///< from the coordinator to the brokers of the partitions
  kTxnOffsetCommit = 28,
};

/// Stands between clients and a broker, and puts in the faults that a test asks for. It knows no more of the protocol
/// than where a request begins and of what kind it is. It runs on a thread of its own; a call returns when it holds.
///
///     Relay relay{broker().relay_listen(), broker().relay_forward()};
///     relay.drop_answer(ApiKey::kEndTxn);
///     ...                                   // a client with bootstrap.servers = relay.address()
///     EXPECT_TRUE(relay.wait_for_faults(1));
///
/// A fault hits the `nth` request of its kind, counted from the call on, and only that. Where several faults of a kind
/// are asked for, a request that is hit by an earlier one does not count for the later ones: two faults of the next
/// request hit the next two.
class Relay {
 public:
  /// @param listen   `127.0.0.1:PORT`; port 0 takes a free one
  /// @param forward  where the broker is; it may come later
  Relay(const std::string& listen, const std::string& forward);
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  ~Relay();

  /// Where clients connect.
  [[nodiscard]] const std::string& address() const { return address_; }

  /// Closes the connection in place of forwarding the request: the broker never sees it.
  void drop_request(ApiKey kind, int nth = 1);
  /// Forwards the request, and closes the connection in place of forwarding its answer.
  void drop_answer(ApiKey kind, int nth = 1);
  /// Closes the connection, and forwards the request on another one, after that time or at release().
  void make_late(ApiKey kind, std::optional<std::chrono::milliseconds> after = {}, int nth = 1);
  /// Keeps the request, and those that follow it on its connection, until release(). The connection stays open.
  void hold(ApiKey kind, int nth = 1);
  /// Forwards what is held and what is late.
  void release();

  /// Closes all connections. New ones are taken.
  void cut();
  /// Closes all connections, and refuses new ones until come_back().
  void go_away();
  void come_back();

  /// How many requests of the kind the broker was sent, late ones too, and how many answers clients were sent.
  [[nodiscard]] std::uint64_t requests(ApiKey kind) const;
  [[nodiscard]] std::uint64_t answers(ApiKey kind) const;
  [[nodiscard]] std::size_t connections() const;

  /// Waits until so many faults have hit a request since the relay began; false if that takes 60 s.
  [[nodiscard]] bool wait_for_faults(std::size_t count) const;
  /// Waits until the broker has answered so many late requests; false if that takes 60 s.
  [[nodiscard]] bool wait_for_late_answers(std::size_t count) const;
  /// What it answered, without the length and the correlation id.
  [[nodiscard]] std::vector<std::string> late_answers() const;

 private:
  class Core;

  template <typename Call>
  auto on_thread(Call call) const;
  template <typename Condition>
  bool becomes_true(Condition condition) const;

  std::unique_ptr<Core> core_;
  std::string address_;
};

}  // namespace weir::tests::kafka
