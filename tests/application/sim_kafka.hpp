#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "application/port.hpp"
#include "simulation/rng.hpp"

namespace weir::simulation {

using detail::application::Place;

/// One record of a partition, or the mark that ends a transaction there.
struct SimRecord {
  enum class Kind { kData, kCommit, kAbort };
  enum class Fate { kOpen, kCommitted, kAborted };

  Kind kind = Kind::kData;
  Fate fate = Fate::kCommitted;
  std::int64_t producer = 0;
  std::string key{};
  std::optional<std::string> value{};
};

/// What goes wrong, in percent of the chances for it.
struct SimFaults {
  std::uint64_t lose_end = 0;      ///< a request to end a transaction, or its answer, is lost
  std::uint64_t delay_end = 0;     ///< a copy of such a request arrives later
  std::uint64_t lag_markers = 0;   ///< a mark is not written at a step of the broker
  std::uint64_t lose_offsets = 0;  ///< a coordinator says for a while that it knows no offsets
  std::uint64_t skip_markers = 0;  ///< marks of aborts that are not written when a broker is killed
  std::uint64_t answer_again = 0;  ///< a call fails for now
};

/// A model of Kafka: partitions, transactions and one consumer group. As measured with Kafka 4.4.0, the worst that it
/// may do. One thread at a time uses it.
class SimKafka {
 public:
  using Time = std::chrono::steady_clock::time_point;

  SimKafka(Rng& rng, const SimFaults& faults) : rng_{&rng}, faults_{faults} {}

  // The world.

  /// Time goes by, and the broker does some of what it has to.
  void step(std::chrono::milliseconds passed);
  /// The broker is killed and started again.
  void kill_broker();
  /// From here on.
  void set_faults(const SimFaults& faults) { faults_ = faults; }
  /// No transaction is marked there until `release`.
  void hold_marks(const Place& place) { held_.insert(place); }
  /// The positions of the next transaction that is decided are not applied until `release`.
  void hold_next_offsets() { holds_next_offsets_ = true; }
  void release();
  /// When the broker is killed, aborts that are not marked there never are.
  void skip_marks(const Place& place) { skipped_.insert(place); }
  [[nodiscard]] Time now() const noexcept { return now_; }
  void append(const Place& place, std::string key, std::string value);
  [[nodiscard]] const std::vector<SimRecord>& log(const Place& place) { return logs_[place]; }
  [[nodiscard]] std::int64_t stable_end(const Place& place);
  [[nodiscard]] std::int64_t end(const Place& place) { return static_cast<std::int64_t>(logs_[place].size()); }
  [[nodiscard]] bool chance(std::uint64_t percent) { return percent > 0 && rng_->below(100) < percent; }
  [[nodiscard]] const SimFaults& faults() const noexcept { return faults_; }

  // Transactions. Errors are exceptions of the client's port.

  struct Producer {
    std::string id;
    std::int64_t number = 0;
    int epoch = 0;
  };
  /// Nothing while the last transaction of the id is being ended.
  [[nodiscard]] std::optional<Producer> init(const std::string& id);
  [[nodiscard]] bool send(const Producer& producer, const Place& place, std::string key,
                          std::optional<std::string> value);
  /// Whether its last transaction is decided and not marked everywhere, so that the next cannot begin.
  [[nodiscard]] bool busy(const Producer& producer);
  enum class Answer { kOk, kFenced, kStaleMember };
  [[nodiscard]] Answer send_offsets(const Producer& producer, const std::map<Place, std::int64_t>& offsets,
                                    const std::string& member, int generation);
  /// @return  false if the producer is fenced
  bool end_transaction(const Producer& producer, bool commit);
  void end_later(const Producer& producer, bool commit);

  /// Nothing while a transaction that would change one is undecided.
  [[nodiscard]] std::optional<std::vector<std::optional<std::int64_t>>> committed(const std::vector<Place>& places);

  // The group.

  [[nodiscard]] std::string add_member();
  void remove_member(const std::string& member);
  void heartbeat(const std::string& member);
  /// The member has given its shards back, and takes new ones.
  void rejoin(const std::string& member);
  [[nodiscard]] bool knows(const std::string& member) const { return members_.contains(member); }
  [[nodiscard]] bool rebalances() const noexcept { return rebalances_; }
  [[nodiscard]] int generation() const noexcept { return generation_; }
  /// The shards of a member in this generation.
  [[nodiscard]] std::vector<std::uint32_t> dealt(const std::string& member, std::uint32_t shards) const;

 private:
  enum class State { kEmpty, kOpen, kCommits, kAborts };
  struct Transaction {
    std::int64_t number = 0;
    int epoch = 0;
    State state = State::kEmpty;
    std::optional<bool> last{};  // how the last one ended
    Time begun{};
    std::set<Place> unmarked{};
    std::map<Place, std::int64_t> offsets{};
    bool offsets_unmarked = false;
    bool offsets_held = false;
  };
  struct Member {
    Time heard{};
    bool joined = false;
    std::size_t index = 0;
  };
  struct Late {
    Time due;
    Producer producer;
    bool commit;
  };

  void decide(Transaction& transaction, bool commit);
  void mark(Transaction& transaction, const Place& place, bool commit);
  void write_marks(Transaction& transaction);
  void finish_rebalance();
  [[nodiscard]] Transaction* open_of(const Producer& producer);

  Rng* rng_;
  SimFaults faults_;
  Time now_{};
  std::map<Place, std::vector<SimRecord>> logs_;
  std::map<Place, std::map<std::int64_t, std::vector<std::size_t>>> open_;  // records of a producer without a mark
  std::map<std::string, Transaction> transactions_;                         // by id
  std::map<Place, std::int64_t> offsets_;
  std::deque<Late> late_;
  std::map<std::string, Member> members_;
  std::int64_t producers_ = 0;
  int generation_ = 0;
  bool rebalances_ = false;
  Time rebalance_began_{};
  std::uint64_t names_ = 0;
  std::map<Place, Time> hanging_;  // marks were skipped there
  std::set<Place> held_;
  std::set<Place> skipped_;
  bool holds_next_offsets_ = false;
};

}  // namespace weir::simulation
