#include "application/sim_process.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "coordinator/application.hpp"
#include "kafka/output_record.hpp"
#include "weir/detail/exchange/shard.hpp"
#include "weir/kafka/record_writer.hpp"
#include "weir/serialize.hpp"

namespace weir::simulation {
namespace {

using namespace detail;
using application::CallError;
using application::GroupPosition;

/// As a client keeps it of an assignment.
struct SimMembership final : application::Membership {
  SimMembership(std::string of, int in) : member{std::move(of)}, generation{in} {}
  std::string member;
  int generation;
};

class SimSender final : public application::TransactionSender {
 public:
  SimSender(SimProcess& process, SimKafka::Producer producer) : process_{&process}, producer_{std::move(producer)} {}

  void begin() override {
    process_->yield();
    disturbed_ = false;
    while (kafka().busy(producer_)) {
      process_->yield();
    }
  }

  void send(const kafka::OutputRecord& record) override {
    if (process_->rng().percent(20)) {
      process_->yield();
    }
    const std::string key{record.key.value_or("")};
    if (!kafka().send(producer_, {std::string{record.topic}, std::max(record.partition, 0)}, key,
                      record.value ? std::optional{std::string{*record.value}} : std::nullopt)) {
      throw CallError{CallError::Kind::kFailed, "fenced"};
    }
  }

  void send_positions(const std::vector<GroupPosition>& positions, const application::Membership& membership) override {
    process_->yield();
    const auto& of = static_cast<const SimMembership&>(membership);
    std::map<Place, std::int64_t> offsets;
    for (const GroupPosition& position : positions) {
      offsets[position.place] = position.next;
    }
    if (offsets.empty()) {
      return;  // librdkafka asks nobody then
    }
    switch (kafka().send_offsets(producer_, offsets, of.member, of.generation)) {
      case SimKafka::Answer::kOk:
        break;
      case SimKafka::Answer::kFenced:
        throw CallError{CallError::Kind::kFailed, "fenced"};
      case SimKafka::Answer::kStaleMember:
        throw CallError{CallError::Kind::kFailed, "the member is not known"};
    }
    process_->yield();
  }

  // As a client does, which repeats a request that was not answered.
  void commit() override {
    const SimFaults& faults = kafka().faults();
    for (int tries = 0; tries < 4; ++tries) {
      process_->yield();
      if (kafka().chance(faults.delay_end)) {
        disturbed_ = true;
        kafka().end_later(producer_, true);
        if (process_->rng().percent(50)) {
          continue;
        }
      }
      if (kafka().chance(faults.lose_end)) {
        disturbed_ = true;
        if (process_->rng().percent(50)) {
          continue;  // the request
        }
        if (!kafka().end_transaction(producer_, true)) {
          throw CallError{CallError::Kind::kFailed, "fenced"};
        }
        continue;  // the answer
      }
      if (!kafka().end_transaction(producer_, true)) {
        throw CallError{CallError::Kind::kFailed, "fenced"};
      }
      return;
    }
    throw CallError{CallError::Kind::kFailed, "no answer"};
  }

  void abort() noexcept override {
    if (!process_->killed() && !kafka().chance(kafka().faults().lose_end)) {
      kafka().end_transaction(producer_, false);
    }
  }

  [[nodiscard]] bool disturbed() const override { return disturbed_; }

 private:
  SimKafka& kafka() { return process_->kafka(); }

  SimProcess* process_;
  SimKafka::Producer producer_;
  bool disturbed_ = false;
};

class SimReading final : public application::Reading {
 public:
  SimReading(SimProcess& process, std::vector<Place> places)
      : process_{&process}, places_{std::move(places)}, next_(places_.size()), told_(places_.size(), -1) {}

  [[nodiscard]] News next() override {
    if (process_->rng().percent(20)) {
      process_->yield();
    }
    const std::size_t index = process_->rng().below(places_.size());
    const std::vector<SimRecord>& log = process_->kafka().log(places_[index]);
    const std::int64_t end = process_->kafka().stable_end(places_[index]);
    std::int64_t& next = next_[index];
    while (next < end) {
      const SimRecord& record = log[static_cast<std::size_t>(next++)];
      if (record.kind == SimRecord::Kind::kData && record.fate == SimRecord::Fate::kCommitted) {
        key_ = record.key;
        value_ = record.value;
        return {.kind = Kind::kRecord, .index = index, .offset = next - 1, .key = key_, .value = value_};
      }
    }
    if (std::exchange(told_[index], end) != end) {
      return {.kind = Kind::kEnd, .index = index, .offset = end};
    }
    return {};
  }

 private:
  SimProcess* process_;
  std::vector<Place> places_;
  std::vector<std::int64_t> next_;
  std::vector<std::int64_t> told_;
  std::string key_;
  std::optional<std::string> value_;
};

class SimPort final : public application::Port {
 public:
  explicit SimPort(SimProcess& process) : process_{&process} {}

  [[nodiscard]] std::unique_ptr<application::TransactionSender> make_sender(const std::string& id) override {
    step();
    const std::optional<SimKafka::Producer> producer = kafka().init(id);
    if (!producer) {
      throw CallError{CallError::Kind::kAgain, "the last transaction is being ended"};
    }
    return std::make_unique<SimSender>(*process_, *producer);
  }

  [[nodiscard]] std::vector<std::optional<std::int64_t>> committed(const std::vector<Place>& places) override {
    step();
    auto answer = kafka().committed(places);
    if (!answer) {
      throw CallError{CallError::Kind::kAgain, "a transaction is undecided"};
    }
    process_->yield();
    return *answer;
  }

  [[nodiscard]] std::int64_t end_of(const Place& place) override {
    step();
    return kafka().end(place);
  }

  [[nodiscard]] std::unique_ptr<application::Reading> read(const std::vector<Place>& places) override {
    step();
    return std::make_unique<SimReading>(*process_, places);
  }

  [[nodiscard]] std::string fresh_id() override { return process_->fresh_id(); }
  [[nodiscard]] Time now() override { return kafka().now(); }
  void pause() override { process_->yield(); }

 private:
  void step() {
    process_->yield();
    if (kafka().chance(kafka().faults().answer_again)) {
      throw CallError{CallError::Kind::kAgain, "not now"};
    }
  }
  SimKafka& kafka() { return process_->kafka(); }

  SimProcess* process_;
};

}  // namespace

void Actor::start() {
  thread_ = std::thread{[this] {
    {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [this] { return turn_; });
    }
    try {
      if (!killed_) {
        act();
      }
    } catch (const Killed&) {  // NOLINT(bugprone-empty-catch): it was to die
    } catch (...) {
      failure_ = std::current_exception();
    }
    const std::scoped_lock lock{mutex_};
    finished_ = true;
    turn_ = false;
    changed_.notify_all();
  }};
}

void Actor::resume() {
  std::unique_lock lock{mutex_};
  if (finished_) {
    return;
  }
  turn_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !turn_; });
}

void Actor::yield() {
  if (killed_) {
    throw Killed{};
  }
  std::unique_lock lock{mutex_};
  turn_ = false;
  changed_.notify_all();
  changed_.wait(lock, [this] { return turn_; });
  if (killed_) {
    throw Killed{};
  }
}

void Actor::end() {
  killed_ = true;
  while (!finished_) {
    resume();
  }
  thread_.join();
}

SimProcess::SimProcess(SimKafka& kafka, Rng& rng, SimJob job, std::string name)
    : kafka_{&kafka}, rng_{&rng}, job_{std::move(job)}, name_{std::move(name)} {
  start();
}

std::string SimProcess::fresh_id() {
  const std::string more = "." + std::to_string(rng_->next());
  return name_ + more;
}

void SimProcess::background() {
  kafka_->heartbeat(member_);
  if (rng_->percent(job_.notices)) {
    revoked_ = revoked_ || kafka_->rebalances();
    lost_ = lost_ || (generation_ >= 0 && !kafka_->knows(member_));
  }
}

void SimProcess::act() {
  member_ = kafka_->add_member();
  while (!stopping_) {
    while (kafka_->rebalances() && kafka_->knows(member_)) {
      kafka_->rejoin(member_);  // it has nothing to give back, also if another rebalance has begun meanwhile
      yield();
    }
    if (!kafka_->knows(member_)) {
      member_ = kafka_->add_member();
      continue;
    }
    generation_ = kafka_->generation();
    revoked_ = lost_ = false;
    try {
      have_shards();
    } catch (const coordinator::SharesLost&) {  // NOLINT(bugprone-empty-catch): takes them over anew
    }
    generation_ = -1;
    kafka_->rejoin(member_);
    yield();
  }
  kafka_->remove_member(member_);
}

void SimProcess::have_shards() {
  const coordinator::Placement placement{job_.shards, kafka_->dealt(member_, job_.shards)};
  const auto check_lost = [this] {
    if (lost_) {
      throw coordinator::SharesLost{"lost"};
    }
  };
  if (placement.shards.empty()) {
    while (!revoked_ && !lost_ && !stopping_) {
      yield();
    }
    return;
  }
  SimPort port{*this};
  const SimMembership membership{member_, generation_};
  application::KafkaStore store{port,
                                job_.names,
                                placement,
                                membership,
                                static_cast<std::uint64_t>(generation_),
                                {.taking_over =
                                     [&] {
                                       check_lost();
                                       if (revoked_ || stopping_) {
                                         throw coordinator::SharesLost{"revoked"};
                                       }
                                     },
                                 .committing = check_lost},
                                {.chunk_bytes = 64, .fold_bytes = 600}};
  ++takeovers_;
  std::vector<Shard> shards;
  for (const std::uint32_t shard : placement.shards) {
    shards.push_back({.number = shard, .counts = {}, .changed = {}});
  }
  load(store, shards);
  while (true) {
    std::string rows;
    const bool last = revoked_ || stopping_;
    for (Shard& shard : shards) {
      if (rng_->percent(60)) {
        work(shard, rows);
      }
    }
    yield();
    store.commit(close(shards, rows));
    if (last) {
      return;
    }
    if (rng_->percent(30)) {
      static_cast<void>(store.compact());
    }
    yield();
    check_lost();
  }
}

void SimProcess::load(recovery::SnapshotStore& store, std::vector<Shard>& shards) {
  const recovery::Contents contents = store.contents();
  epoch_ = contents.epoch.value;
  for (const recovery::StoredMark& mark : contents.positions) {
    shards[*mark.worker].position = *application::offset_of(mark.bytes);
  }
  recovery::Execution execution;
  execution.flow = "counts";
  execution.steps = {{.id = "input", .op = "input", .kind = recovery::StepKind::kSource, .shape = "offset"},
                     {.id = "count", .op = "reduce", .kind = recovery::StepKind::kKeyed, .shape = "count"}};
  execution.numbers = {snapshot::StepNumber{0}, snapshot::StepNumber{1}};
  static_cast<void>(store.begin(execution));
  store.load("count", [&](const snapshot::StateRecord& record) {
    const auto [items, ticks] = from_bytes<std::pair<std::uint64_t, std::uint64_t>>(*record.state);
    shards[*record.worker].counts[from_bytes<std::string>(record.key)] = {items, ticks};
  });
}

void SimProcess::work(Shard& shard, std::string& rows) {
  const auto emit = [&](const std::string& key, const std::string& value) {
    KafkaRecordWriter record;
    record.key(key).value(value).partition(static_cast<std::int32_t>(shard.number));
    record.append_to(rows);
    shard.changed[key] = true;
  };
  const std::vector<SimRecord>& log = kafka_->log({job_.names.topics.front(), static_cast<std::int32_t>(shard.number)});
  for (std::uint64_t some = rng_->percent(job_.reads) ? rng_->below(5) : 0;
       some > 0 && shard.position < std::ssize(log); --some) {
    const std::string& key = log[static_cast<std::size_t>(shard.position++)].key;
    emit(key, "n" + std::to_string(++shard.counts[key].items));
    shard.moved = true;
  }
  if (ticks_ && !shard.counts.empty() && rng_->percent(job_.ticks)) {
    auto& [key, count] =
        *std::next(shard.counts.begin(), static_cast<std::ptrdiff_t>(rng_->below(shard.counts.size())));
    emit(key, "t" + std::to_string(++count.ticks));
  }
}

recovery::EpochCommit SimProcess::close(std::vector<Shard>& shards, const std::string& rows) {
  recovery::EpochCommit commit;
  commit.epoch = Epoch{++epoch_};
  for (std::size_t i = 0; i < shards.size(); ++i) {
    Shard& shard = shards[i];
    snapshot::EpochPart part;
    part.epoch = commit.epoch;
    part.worker = WorkerIndex{static_cast<std::uint32_t>(i)};
    if (std::exchange(shard.moved, false)) {
      part.positions.push_back({snapshot::StepNumber{0}, job_.names.topics.front() + "/" + std::to_string(shard.number),
                                std::to_string(shard.position)});
    }
    auto changes = std::make_unique<snapshot::StateChanges>();
    for (const auto& [key, changed] : std::exchange(shard.changed, {})) {
      const std::pair state{shard.counts[key].items, shard.counts[key].ticks};
      changes->add(key_hash(key), key, &state);
    }
    part.states.push_back({snapshot::StepNumber{1}, std::move(changes)});
    if (i == 0) {
      part.tokens.push_back({snapshot::StepNumber{2}, "0", kafka::with_topic("out", rows)});
    }
    commit.parts.push_back(std::move(part));
  }
  return commit;
}

}  // namespace weir::simulation
