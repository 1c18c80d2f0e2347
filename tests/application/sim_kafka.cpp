#include "application/sim_kafka.hpp"

#include <algorithm>
#include <utility>

namespace weir::simulation {
namespace {

constexpr std::chrono::seconds kSession{6};
constexpr std::chrono::seconds kRebalance{60};
constexpr std::chrono::seconds kTransaction{10};
constexpr std::chrono::seconds kUntilOperatorAborts{30};

}  // namespace

void SimKafka::append(const Place& place, std::string key, std::string value) {
  logs_[place].push_back({.key = std::move(key), .value = std::move(value)});
}

std::int64_t SimKafka::stable_end(const Place& place) {
  std::size_t end = logs_[place].size();
  for (const auto& [producer, records] : open_[place]) {
    if (!records.empty()) {
      end = std::min(end, records.front());
    }
  }
  return static_cast<std::int64_t>(end);
}

void SimKafka::step(std::chrono::milliseconds passed) {
  now_ += passed;
  for (std::size_t i = 0; i < late_.size();) {
    if (late_[i].due <= now_) {
      const Late late = late_[i];
      late_.erase(late_.begin() + static_cast<std::ptrdiff_t>(i));
      end_transaction(late.producer, late.commit);
    } else {
      ++i;
    }
  }
  for (auto& [id, transaction] : transactions_) {
    if (transaction.state == State::kOpen && now_ - transaction.begun >= kTransaction) {
      ++transaction.epoch;  // fences
      decide(transaction, false);
    }
    write_marks(transaction);
  }
  for (auto hanging = hanging_.begin(); hanging != hanging_.end();) {
    if (now_ - hanging->second < kUntilOperatorAborts) {
      ++hanging;
      continue;
    }
    for (auto& [producer, records] : open_[hanging->first]) {
      const bool active = std::ranges::any_of(transactions_, [&](const auto& each) {
        return each.second.number == producer && each.second.state != State::kEmpty;
      });
      if (!active) {
        for (const std::size_t record : std::exchange(records, {})) {
          logs_[hanging->first][record].fate = SimRecord::Fate::kAborted;
        }
      }
    }
    hanging = hanging_.erase(hanging);
  }
  for (auto member = members_.begin(); member != members_.end();) {
    const bool silent = now_ - member->second.heard >= kSession;
    const bool slow = rebalances_ && !member->second.joined && now_ - rebalance_began_ >= kRebalance;
    if (silent || slow) {
      member = members_.erase(member);
      if (!std::exchange(rebalances_, true)) {
        rebalance_began_ = now_;
        for (auto& [name, other] : members_) {
          other.joined = false;
        }
      }
    } else {
      ++member;
    }
  }
  finish_rebalance();
}

void SimKafka::kill_broker() {
  for (auto& [id, transaction] : transactions_) {
    if (transaction.state != State::kAborts) {
      continue;
    }
    for (auto place = transaction.unmarked.begin(); place != transaction.unmarked.end();) {
      if (skipped_.contains(*place) || chance(faults_.skip_markers)) {
        hanging_[*place] = now_;
        place = transaction.unmarked.erase(place);
      } else {
        ++place;
      }
    }
  }
}

std::optional<SimKafka::Producer> SimKafka::init(const std::string& id) {
  Transaction& transaction = transactions_[id];
  if (transaction.number == 0) {
    transaction.number = ++producers_;
  }
  if (transaction.state == State::kOpen) {
    ++transaction.epoch;
    decide(transaction, false);
  }
  if (transaction.state != State::kEmpty) {
    return std::nullopt;
  }
  ++transaction.epoch;
  transaction.last.reset();
  return Producer{id, transaction.number, transaction.epoch};
}

SimKafka::Transaction* SimKafka::open_of(const Producer& producer) {
  Transaction& transaction = transactions_[producer.id];
  if (transaction.number != producer.number || transaction.epoch != producer.epoch) {
    return nullptr;
  }
  if (transaction.state == State::kEmpty) {
    transaction.state = State::kOpen;
    transaction.begun = now_;
  }
  return transaction.state == State::kOpen ? &transaction : nullptr;
}

bool SimKafka::busy(const Producer& producer) {
  const Transaction& transaction = transactions_[producer.id];
  return transaction.epoch == producer.epoch &&
         (transaction.state == State::kCommits || transaction.state == State::kAborts);
}

bool SimKafka::send(const Producer& producer, const Place& place, std::string key, std::optional<std::string> value) {
  Transaction* const transaction = open_of(producer);
  if (transaction == nullptr) {
    return false;
  }
  transaction->unmarked.insert(place);
  std::vector<SimRecord>& log = logs_[place];
  open_[place][producer.number].push_back(log.size());
  log.push_back(
      {.fate = SimRecord::Fate::kOpen, .producer = producer.number, .key = std::move(key), .value = std::move(value)});
  return true;
}

// Positions without member and generation are taken though the group has members.
SimKafka::Answer SimKafka::send_offsets(const Producer& producer, const std::map<Place, std::int64_t>& offsets,
                                        const std::string& member, int generation) {
  if (!(member.empty() && generation == -1) && (!knows(member) || generation != generation_)) {
    return Answer::kStaleMember;
  }
  Transaction* const transaction = open_of(producer);
  if (transaction == nullptr) {
    return Answer::kFenced;
  }
  for (const auto& [place, offset] : offsets) {
    transaction->offsets[place] = offset;
  }
  transaction->offsets_unmarked = true;
  return Answer::kOk;
}

// A request that is repeated is answered as the first. One that comes when the next transaction is open ends that.
bool SimKafka::end_transaction(const Producer& producer, bool commit) {
  Transaction& transaction = transactions_[producer.id];
  if (transaction.number != producer.number || transaction.epoch != producer.epoch) {
    return false;
  }
  switch (transaction.state) {
    case State::kEmpty:
      return transaction.last == commit;
    case State::kOpen:
      decide(transaction, commit);
      return true;
    case State::kCommits:
      return commit;
    case State::kAborts:
      return !commit;
  }
  return false;
}

void SimKafka::end_later(const Producer& producer, bool commit) {
  late_.push_back({now_ + std::chrono::milliseconds{rng_->below(3'000)}, producer, commit});
}

void SimKafka::decide(Transaction& transaction, bool commit) {
  transaction.state = commit ? State::kCommits : State::kAborts;
  transaction.last = commit;
  transaction.offsets_held = std::exchange(holds_next_offsets_, false);
}

void SimKafka::release() {
  held_.clear();
  for (auto& [id, transaction] : transactions_) {
    transaction.offsets_held = false;
  }
}

void SimKafka::mark(Transaction& transaction, const Place& place, bool commit) {
  std::vector<SimRecord>& log = logs_[place];
  for (const std::size_t record : std::exchange(open_[place][transaction.number], {})) {
    log[record].fate = commit ? SimRecord::Fate::kCommitted : SimRecord::Fate::kAborted;
  }
  log.push_back({.kind = commit ? SimRecord::Kind::kCommit : SimRecord::Kind::kAbort, .producer = transaction.number});
}

// Each partition gets its mark by itself, and the group's offsets too.
void SimKafka::write_marks(Transaction& transaction) {
  const bool commit = transaction.state == State::kCommits;
  if (!commit && transaction.state != State::kAborts) {
    return;
  }
  for (auto place = transaction.unmarked.begin(); place != transaction.unmarked.end();) {
    if (held_.contains(*place) || chance(faults_.lag_markers)) {
      ++place;
      continue;
    }
    mark(transaction, *place, commit);
    place = transaction.unmarked.erase(place);
  }
  if (transaction.offsets_unmarked && !transaction.offsets_held && !chance(faults_.lag_markers)) {
    transaction.offsets_unmarked = false;
    for (const auto& [place, offset] : std::exchange(transaction.offsets, {})) {
      if (commit) {
        offsets_[place] = offset;
      }
    }
  }
  if (transaction.unmarked.empty() && !transaction.offsets_unmarked) {
    transaction.state = State::kEmpty;
  }
}

std::optional<std::vector<std::optional<std::int64_t>>> SimKafka::committed(const std::vector<Place>& places) {
  std::vector<std::optional<std::int64_t>> answer;
  const bool forgets = chance(faults_.lose_offsets);
  for (const Place& place : places) {
    for (const auto& [id, transaction] : transactions_) {
      if (transaction.offsets.contains(place)) {
        return std::nullopt;
      }
    }
    const auto found = offsets_.find(place);
    answer.push_back(found != offsets_.end() && !forgets ? std::optional{found->second} : std::nullopt);
  }
  return answer;
}

std::string SimKafka::add_member() {
  std::string name = "member-" + std::to_string(++names_);
  members_[name] = {.heard = now_};
  if (!std::exchange(rebalances_, true)) {
    rebalance_began_ = now_;
    for (auto& [other, member] : members_) {
      member.joined = false;
    }
  }
  members_[name].joined = true;
  return name;
}

void SimKafka::remove_member(const std::string& member) {
  if (members_.erase(member) > 0 && !std::exchange(rebalances_, true)) {
    rebalance_began_ = now_;
    for (auto& [name, other] : members_) {
      other.joined = false;
    }
  }
}

void SimKafka::heartbeat(const std::string& member) {
  if (const auto found = members_.find(member); found != members_.end()) {
    found->second.heard = now_;
  }
}

void SimKafka::rejoin(const std::string& member) {
  if (const auto found = members_.find(member); found != members_.end()) {
    found->second.joined = true;
  }
}

void SimKafka::finish_rebalance() {
  if (!rebalances_ || std::ranges::any_of(members_, [](const auto& each) { return !each.second.joined; })) {
    return;
  }
  rebalances_ = false;
  ++generation_;
  std::vector<Member*> order;
  for (auto& [name, member] : members_) {
    order.push_back(&member);
  }
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[rng_->below(i)]);
  }
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i]->index = i;
  }
}

std::vector<std::uint32_t> SimKafka::dealt(const std::string& member, std::uint32_t shards) const {
  std::vector<std::uint32_t> own;
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    if (shard % members_.size() == members_.at(member).index) {
      own.push_back(shard);
    }
  }
  return own;
}

}  // namespace weir::simulation
