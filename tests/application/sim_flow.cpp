#include "application/sim_flow.hpp"

#include <iterator>
#include <memory>
#include <utility>

#include "application/takeover.hpp"
#include "kafka/output_record.hpp"
#include "weir/detail/exchange/exchange.hpp"
#include "weir/kafka/record_writer.hpp"
#include "weir/serialize.hpp"

namespace weir::simulation {

using namespace detail;

SimFlow::SimFlow(std::string topic, const std::vector<std::uint32_t>& shards) : topic_{std::move(topic)} {
  for (const std::uint32_t shard : shards) {
    shards_.push_back({.number = shard, .counts = {}, .changed = {}});
  }
}

void SimFlow::load(recovery::SnapshotStore& store) {
  const recovery::Contents contents = store.contents();
  epoch_ = contents.epoch.value;
  for (const recovery::StoredMark& mark : contents.positions) {
    shards_[*mark.worker].position = *application::offset_of(mark.bytes);
  }
  recovery::Execution execution;
  execution.flow = "counts";
  execution.steps = {{.id = "input", .op = "input", .kind = recovery::StepKind::kSource, .shape = "offset"},
                     {.id = "count", .op = "reduce", .kind = recovery::StepKind::kKeyed, .shape = "count"}};
  execution.numbers = {snapshot::StepNumber{0}, snapshot::StepNumber{1}};
  static_cast<void>(store.begin(execution));
  store.load("count", [&](const snapshot::StateRecord& record) {
    const auto [items, ticks] = from_bytes<std::pair<std::uint64_t, std::uint64_t>>(*record.state);
    shards_[*record.worker].counts[from_bytes<std::string>(record.key)] = {items, ticks};
  });
}

void SimFlow::read(SimKafka& kafka, std::size_t shard, std::uint64_t most) {
  Shard& from = shards_[shard];
  const std::vector<SimRecord>& log = kafka.log({topic_, static_cast<std::int32_t>(from.number)});
  for (; most > 0 && from.position < std::ssize(log); --most) {
    const std::string& key = log[static_cast<std::size_t>(from.position++)].key;
    emit(from, key, "n" + std::to_string(++from.counts[key].items));
    from.moved = true;
  }
}

void SimFlow::tick(std::size_t shard, std::size_t key) {
  Shard& of = shards_[shard];
  auto& [name, count] = *std::next(of.counts.begin(), static_cast<std::ptrdiff_t>(key));
  emit(of, name, "t" + std::to_string(++count.ticks));
}

void SimFlow::emit(Shard& shard, const std::string& key, const std::string& value) {
  KafkaRecordWriter record;
  record.key(key).value(value).partition(static_cast<std::int32_t>(shard.number));
  record.append_to(rows_);
  shard.changed[key] = true;
}

recovery::EpochCommit SimFlow::close() {
  recovery::EpochCommit commit;
  commit.epoch = Epoch{++epoch_};
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    Shard& shard = shards_[i];
    snapshot::EpochPart part;
    part.epoch = commit.epoch;
    part.worker = WorkerIndex{static_cast<std::uint32_t>(i)};
    if (std::exchange(shard.moved, false)) {
      part.positions.push_back(
          {snapshot::StepNumber{0}, topic_ + "/" + std::to_string(shard.number), std::to_string(shard.position)});
    }
    auto changes = std::make_unique<snapshot::StateChanges>();
    for (const auto& [key, changed] : std::exchange(shard.changed, {})) {
      const std::pair state{shard.counts[key].items, shard.counts[key].ticks};
      changes->add(key_hash(key), key, &state);
    }
    part.states.push_back({snapshot::StepNumber{1}, std::move(changes)});
    if (i == 0) {
      part.tokens.push_back({snapshot::StepNumber{2}, "0", kafka::with_topic("out", std::exchange(rows_, {}))});
    }
    commit.parts.push_back(std::move(part));
  }
  return commit;
}

}  // namespace weir::simulation
