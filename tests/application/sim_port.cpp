#include "application/sim_port.hpp"

#include <algorithm>
#include <map>

#include "kafka/output_record.hpp"

namespace weir::simulation {
namespace {

using namespace detail;
using application::CallError;
using application::GroupPosition;

class SimSender final : public application::TransactionSender {
 public:
  SimSender(SimClient& client, SimKafka::Producer producer) : client_{&client}, producer_{std::move(producer)} {}

  void begin() override {
    client_->yield();
    disturbed_ = false;
    while (kafka().busy(producer_)) {
      client_->yield();
    }
  }

  void send(const kafka::OutputRecord& record) override {
    if (client_->rng().percent(20)) {
      client_->yield();
    }
    const std::string key{record.key.value_or("")};
    if (!kafka().send(producer_, {std::string{record.topic}, std::max(record.partition, 0)}, key,
                      record.value ? std::optional{std::string{*record.value}} : std::nullopt)) {
      throw CallError{CallError::Kind::kFailed, "fenced"};
    }
  }

  void send_positions(const std::vector<GroupPosition>& positions, const application::Membership& membership) override {
    client_->yield();
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
    client_->yield();
  }

  // As a client does, which repeats a request that was not answered.
  void commit() override {
    const SimFaults& faults = kafka().faults();
    for (int tries = 0; tries < 4; ++tries) {
      client_->yield();
      if (kafka().chance(faults.delay_end)) {
        disturbed_ = true;
        kafka().end_later(producer_, true);
        if (client_->rng().percent(50)) {
          continue;
        }
      }
      if (kafka().chance(faults.lose_end)) {
        disturbed_ = true;
        if (client_->rng().percent(50)) {
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
    if (!client_->killed() && !kafka().chance(kafka().faults().lose_end)) {
      kafka().end_transaction(producer_, false);
    }
  }

  [[nodiscard]] bool disturbed() const override { return disturbed_; }

 private:
  SimKafka& kafka() { return client_->kafka(); }

  SimClient* client_;
  SimKafka::Producer producer_;
  bool disturbed_ = false;
};

class SimReading final : public application::Reading {
 public:
  SimReading(SimClient& client, std::vector<Place> places)
      : client_{&client}, places_{std::move(places)}, next_(places_.size()), told_(places_.size(), -1) {}

  [[nodiscard]] News next() override {
    if (client_->rng().percent(20)) {
      client_->yield();
    }
    const std::size_t index = client_->rng().below(places_.size());
    const std::vector<SimRecord>& log = client_->kafka().log(places_[index]);
    const std::int64_t end = client_->kafka().stable_end(places_[index]);
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
  SimClient* client_;
  std::vector<Place> places_;
  std::vector<std::int64_t> next_;
  std::vector<std::int64_t> told_;
  std::string key_;
  std::optional<std::string> value_;
};

}  // namespace

std::unique_ptr<application::TransactionSender> SimPort::make_sender(const std::string& id) {
  step();
  const std::optional<SimKafka::Producer> producer = client_->kafka().init(id);
  if (!producer) {
    throw CallError{CallError::Kind::kAgain, "the last transaction is being ended"};
  }
  return std::make_unique<SimSender>(*client_, *producer);
}

std::vector<std::optional<std::int64_t>> SimPort::committed(const std::vector<Place>& places) {
  step();
  auto answer = client_->kafka().committed(places);
  if (!answer) {
    throw CallError{CallError::Kind::kAgain, "a transaction is undecided"};
  }
  client_->yield();
  return *answer;
}

std::int64_t SimPort::end_of(const Place& place) {
  step();
  return client_->kafka().end(place);
}

std::unique_ptr<application::Reading> SimPort::read(const std::vector<Place>& places) {
  step();
  return std::make_unique<SimReading>(*client_, places);
}

void SimPort::step() {
  client_->yield();
  if (client_->kafka().chance(client_->kafka().faults().answer_again)) {
    throw CallError{CallError::Kind::kAgain, "not now"};
  }
}

}  // namespace weir::simulation
