#include "application/kafka_store.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "coordinator/application.hpp"
#include "weir/errors.hpp"

namespace weir::detail::application {
namespace {

// Brokers forget the offsets of a group without members after a week.
constexpr std::chrono::hours kAllAgain{1};

[[noreturn]] void refuse(const std::string& what) {
  throw RecoveryError{RecoveryError::Kind::kRefused, "recovery: " + what};
}

bool empty(const snapshot::EpochPart& part) {
  return part.positions.empty() && std::ranges::all_of(part.states, [](const snapshot::StepChanges& step) {
           return step.changes->bytes().empty();
         });
}

}  // namespace

KafkaStore::KafkaStore(Port& port, Names names, const coordinator::Placement& placement, const Membership& membership,
                       std::uint64_t generation, const Checks& checks, const LogSettings& settings)
    : port_{&port},
      names_{std::move(names)},
      placement_{placement},
      membership_{&membership},
      generation_{generation},
      checks_{checks},
      settings_{settings},
      logs_{take_over(port, names_, placement_, checks_.taking_over)},
      all_again_{port.now() + kAllAgain} {
  for (std::size_t worker = 0; worker < logs_.size(); ++worker) {
    const ShardLog& log = logs_[worker];
    shards_.push_back({.number = placement_.shards[worker],
                       .head = log.head(),
                       .tip = log.tip().value_or(Tip{}),
                       .covered = log.covered(),
                       .delta_bytes = log.delta_bytes(),
                       .base_bytes = log.base_bytes()});
  }
  check_heads();
}

void KafkaStore::check_heads() const {
  const Shard* first = nullptr;
  for (const Shard& shard : shards_) {
    if (!shard.head) {
      continue;
    }
    if (shard.head->format != Head{}.format) {
      refuse(fmt::format("topic \"{}\" has format {}, and this build reads {}; upgrade", names_.state(),
                         shard.head->format, Head{}.format));
    }
    if (shard.head->shards != placement_.count) {
      refuse(
          fmt::format("application \"{}\" has {} shards, and its topics have {} partitions now; their number can "
                      "never change: copy the topics to new ones, and begin a new application",
                      names_.id, shard.head->shards, placement_.count));
    }
    first = first != nullptr ? first : &shard;
    if (shard.head->flow != first->head->flow || shard.head->steps != first->head->steps) {
      refuse(
          fmt::format("shards {} and {} of application \"{}\" were written by different versions of the program; stop "
                      "all processes of the old version, then start the new one",
                      first->number, shard.number, names_.id));
    }
  }
}

recovery::Contents KafkaStore::contents() {
  recovery::Contents contents;
  contents.epoch = Epoch{0};
  contents.in_application = true;
  for (std::size_t worker = 0; worker < shards_.size(); ++worker) {
    const Shard& shard = shards_[worker];
    contents.epoch = std::max(contents.epoch, Epoch{shard.tip.epoch});
    if (shard.head) {
      contents.flow = shard.head->flow;
      contents.steps = shard.head->steps;
    }
    for (const Mark& mark : shard.tip.marks) {
      contents.positions.push_back(
          {mark.step_id, mark.partition, mark.bytes, WorkerIndex{static_cast<std::uint32_t>(worker)}});
    }
  }
  return contents;
}

std::uint64_t KafkaStore::begin(const recovery::Execution& execution) {
  execution_ = execution;
  drop_what_is_forgotten();
  return generation_;
}

// At once, so that no later run finds what this one has forgotten.
void KafkaStore::drop_what_is_forgotten() {
  const auto is_dropped = [this](const std::string& id) {
    return std::ranges::find(execution_.dropped, id) != execution_.dropped.end();
  };
  if (execution_.dropped.empty()) {
    return;
  }
  std::vector<Shard> shards = shards_;
  for (Shard& shard : shards) {
    for (const Mark& mark : shard.tip.marks) {
      if (shard.head && is_dropped(mark.step_id) && is_topic_position(shard.head->steps, mark.step_id)) {
        refuse(
            fmt::format("step \"{}\" was an input of application \"{}\", whose positions cannot be forgotten; begin a "
                        "new application",
                        mark.step_id, names_.id));
      }
    }
    std::erase_if(shard.tip.marks, [&](const Mark& mark) { return is_dropped(mark.step_id); });
  }
  transact(shards, [&] {
    for (std::size_t worker = 0; worker < shards.size(); ++worker) {
      ShardLog& log = logs_[worker];
      std::erase_if(log.states(), [&](const auto& step) { return is_dropped(step.first); });
      if (shards[worker].head) {
        shards[worker].head = head_now();
        write_head(*shards[worker].head, writer(shards[worker]));
        write_tip(shards[worker].tip, writer(shards[worker]));
        log.write_base(settings_.chunk_bytes, writer(shards[worker]));
        shards[worker].covered = shards[worker].tip.delta;
        shards[worker].delta_bytes = 0;
      }
    }
  });
  shards_ = std::move(shards);
}

std::uint64_t KafkaStore::keys() const {
  std::uint64_t keys = 0;
  for (const ShardLog& log : logs_) {
    for (const auto& [step, states] : log.states()) {
      keys += states.size();
    }
  }
  return keys;
}

void KafkaStore::load(const std::string& step_id, const std::function<void(const snapshot::StateRecord&)>& each) {
  for (std::size_t worker = 0; worker < logs_.size(); ++worker) {
    for (const auto& [key, state] : logs_[worker].states()[step_id]) {
      each({.group = state.group,
            .key = key,
            .state = state.bytes,
            .migrated = false,
            .worker = WorkerIndex{static_cast<std::uint32_t>(worker)}});
    }
  }
}

void KafkaStore::commit(const recovery::EpochCommit& commit) {
  logs_.clear();
  std::vector<Shard> shards = shards_;
  bool any = port_->now() >= all_again_;
  for (const snapshot::EpochPart& part : commit.parts) {
    any =
        any || !empty(part) || std::ranges::any_of(part.tokens, [](const auto& token) { return !token.bytes.empty(); });
  }
  if (!any) {
    return;
  }
  for (const snapshot::EpochPart& part : commit.parts) {
    take_marks(part, shards[part.worker]);
  }
  transact(shards, [&] {
    for (const snapshot::EpochPart& part : commit.parts) {
      for (const snapshot::PartitionMark& token : part.tokens) {
        write_rows(token.bytes);
      }
      Shard& shard = shards[part.worker];
      if (!empty(part) || shard.head != head_now()) {
        shard.tip.epoch = commit.epoch.value;
        write_shard(part, shard);
      }
    }
  });
  all_again_ = port_->now() + kAllAgain;
  shards_ = std::move(shards);
}

void KafkaStore::write_rows(const std::string& token) {
  std::string_view rest = token;
  kafka::OutputRecord record;
  std::string_view topic;
  if (!rest.empty() && !kafka::take_topic(rest, topic)) {
    refuse("an output of an application handed in what are no rows");
  }
  while (kafka::take_record(rest, record) == kafka::Taken::kOne) {
    record.topic = record.topic.empty() ? topic : record.topic;
    sender_->send(record);
  }
}

void KafkaStore::write_shard(const snapshot::EpochPart& part, Shard& shard) {
  const WriteRecord write = writer(shard);
  if (const Head now = head_now(); shard.head != now) {
    shard.head = now;
    write_head(now, write);
  }
  std::vector<std::pair<std::string, std::string_view>> steps;
  for (const snapshot::StepChanges& step : part.states) {
    if (!step.changes->bytes().empty()) {
      steps.emplace_back(record_of(step.step).id, step.changes->bytes());
    }
  }
  if (!steps.empty()) {
    ++shard.tip.delta;
    shard.delta_bytes += write_delta(shard.tip.delta, steps, settings_.chunk_bytes, write);
  }
  write_tip(shard.tip, write);
}

// How far a keyed step of a shard has come in time has the name of the worker, which may be another one next time.
void KafkaStore::take_marks(const snapshot::EpochPart& part, Shard& shard) const {
  for (const snapshot::PartitionMark& mark : part.positions) {
    const recovery::StepRecord& step = record_of(mark.step);
    const std::string partition = step.kind == recovery::StepKind::kKeyed ? std::string{} : mark.partition;
    const auto known = std::ranges::find_if(
        shard.tip.marks, [&](const Mark& other) { return other.step_id == step.id && other.partition == partition; });
    if (known != shard.tip.marks.end()) {
      known->bytes = mark.bytes;
    } else {
      shard.tip.marks.push_back({step.id, partition, mark.bytes});
    }
  }
}

// Positions of all shards, moved or not: what a timer emits moves none, and must be fenced too.
void KafkaStore::transact(const std::vector<Shard>& shards, const std::function<void()>& send) {
  if (sender_ == nullptr) {
    make_sender();
  }
  try {
    sender_->begin();
    send();
    sender_->send_positions(positions_in(shards), *membership_);
    sender_->commit();
  } catch (const CallError& error) {
    sender_->abort();
    sender_.reset();
    if (error.kind() == CallError::Kind::kRefused) {
      throw RecoveryError{RecoveryError::Kind::kUnwritable,
                          fmt::format("recovery: Kafka refuses the epoch: {}", error.what())};
    }
    throw coordinator::SharesLost{fmt::format("an epoch was not committed: {}", error.what())};
  }
  if (sender_->disturbed()) {
    sender_.reset();
  }
}

// Only transactions of one id are in order. What the last id has committed must be there before another one begins, or
// its positions could come later and replace newer ones.
void KafkaStore::make_sender() {
  std::vector<Place> places;
  for (const GroupPosition& position : positions_in(shards_)) {
    places.push_back(position.place);
  }
  const auto ask = [&] { return port_->committed(places); };
  static_cast<void>(until_answered(*port_, checks_.committing, words_of_offsets(names_), ask));
  sender_ = until_answered(*port_, checks_.committing, "a transactional id",
                           [this] { return port_->make_sender(port_->fresh_id()); });
}

std::vector<GroupPosition> KafkaStore::positions_in(const std::vector<Shard>& shards) {
  std::vector<GroupPosition> positions;
  for (const Shard& shard : shards) {
    if (shard.head) {
      for (const auto& [place, next] : positions_of(*shard.head, shard.tip)) {
        positions.push_back({place, next});
      }
    }
  }
  return positions;
}

bool KafkaStore::compact() {
  if (sender_ == nullptr) {
    return false;  // nothing is committed yet
  }
  const auto due = std::ranges::find_if(shards_, [this](const Shard& shard) {
    return shard.delta_bytes >= std::max(settings_.fold_bytes, shard.base_bytes);
  });
  if (due != shards_.end()) {
    fold(*due);
  }
  return false;
}

// Reads the shard's log again rather than keep all states twice in memory.
void KafkaStore::fold(Shard& shard) {
  const std::vector<Place> place{{names_.state(), static_cast<std::int32_t>(shard.number)}};
  const std::vector<std::int64_t> mark{until_answered(*port_, checks_.committing,
                                                      "the end of " + text_of(place.front()),
                                                      [&] { return port_->end_of(place.front()); })};
  std::vector<ShardLog> log = read_logs(*port_, place, mark, checks_.committing);
  if (!log.front().tip() || log.front().tip()->delta != shard.tip.delta) {
    refuse(
        fmt::format("{}/{} was changed by another process while this one had the shard", names_.state(), shard.number));
  }
  std::size_t bytes = 0;
  transact(shards_, [&] {
    const WriteRecord write = writer(shard);
    log.front().write_base(settings_.chunk_bytes, [&](const std::string& key, std::optional<std::string_view> value) {
      bytes += value.value_or("").size();
      write(key, value);
    });
  });
  shard.covered = shard.tip.delta;
  shard.delta_bytes = 0;
  shard.base_bytes = bytes;
}

WriteRecord KafkaStore::writer(const Shard& shard) {
  return [this, number = shard.number, topic = names_.state()](const std::string& key,
                                                               std::optional<std::string_view> value) {
    kafka::OutputRecord record;
    record.topic = topic;
    record.partition = static_cast<std::int32_t>(number);
    record.key = key;
    record.value = value;
    sender_->send(record);
  };
}

const recovery::StepRecord& KafkaStore::record_of(snapshot::StepNumber step) const {
  const auto found = std::ranges::find(execution_.numbers, step);
  return execution_.steps[static_cast<std::size_t>(found - execution_.numbers.begin())];
}

Head KafkaStore::head_now() const {
  return {.shards = placement_.count, .flow = execution_.flow, .steps = execution_.steps};
}

}  // namespace weir::detail::application
