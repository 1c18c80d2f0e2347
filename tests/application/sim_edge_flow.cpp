#include "application/sim_edge_flow.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

#include "application/edge_source.hpp"
#include "application/takeover.hpp"
#include "coordinator/application.hpp"
#include "kafka/output_record.hpp"
#include "unit/operators/only_worker.hpp"
#include "weir/detail/exchange/exchange.hpp"
#include "weir/kafka/record_writer.hpp"
#include "weir/serialize.hpp"

namespace weir::simulation {

using namespace detail;

namespace {

using Item = std::pair<std::string, std::int64_t>;  // user, time

constexpr runtime::Steady kNow{std::chrono::hours{1}};

constexpr snapshot::StepNumber kInput{0};
constexpr snapshot::StepNumber kClock{1};
constexpr snapshot::StepNumber kSend{2};
constexpr snapshot::StepNumber kItems{3};
constexpr snapshot::StepNumber kCount{4};
constexpr snapshot::StepNumber kOut{5};

Time at(std::int64_t time) { return Time{std::chrono::nanoseconds{time}}; }

/// The committed messages of a partition.
class SimFrames final : public application::FrameReader {
 public:
  SimFrames(SimKafka& kafka, Place place, std::int64_t next) : kafka_{&kafka}, place_{std::move(place)}, next_{next} {}

  Next next() override {
    if (next_ < kafka_->begin(place_)) {
      throw coordinator::SharesLost{application::text_of(place_) + " was deleted before it was read"};
    }
    const std::vector<SimRecord>& log = kafka_->log(place_);
    while (next_ < kafka_->stable_end(place_)) {
      const SimRecord& record = log[static_cast<std::size_t>(next_++)];
      if (record.kind == SimRecord::Kind::kData && record.fate == SimRecord::Fate::kCommitted) {
        value_ = *record.value;
        offset_ = next_ - 1;
        return Next::kFrame;
      }
    }
    return Next::kNothing;
  }
  [[nodiscard]] std::string_view value() const override { return value_; }
  [[nodiscard]] std::int64_t offset_of_value() const override { return offset_; }
  [[nodiscard]] std::string place() const override {
    return application::text_of(place_) + " offset " + std::to_string(offset_);
  }
  [[nodiscard]] std::int64_t offset() const override { return next_; }
  [[nodiscard]] Poll nothing() const override { return Poll::idle(); }
  [[nodiscard]] std::optional<SourceProgress> progress() const override { return std::nullopt; }

 private:
  SimKafka* kafka_;
  Place place_;
  std::int64_t next_;
  std::int64_t offset_ = -1;
  std::string value_;
};

struct User {
  std::uint64_t count = 0;
  std::map<std::int64_t, std::uint64_t> windows;
};

}  // namespace

/// A worker with its shard.
class SimEdgeFlow::Lane final : public runtime::Receiver<Item> {
 public:
  Lane(const SimEdgeFlow& flow, std::uint32_t number, std::uint32_t count)
      : flow_{&flow}, number_{number}, shard_{number, count, "src"} {}

  void take(const recovery::StoredMark& mark) {
    if (mark.step_id == "input") {
      position_ = *application::offset_of(mark.bytes);
    } else if (mark.step_id == "clock") {
      watermark_ = from_bytes<std::int64_t>(mark.bytes);
    } else {
      point_.positions[{mark.step_id, mark.partition}] = mark.bytes;
    }
  }

  void take(const std::string& user, const std::string& state) {
    auto [count, windows] = from_bytes<std::pair<std::uint64_t, std::map<std::int64_t, std::uint64_t>>>(state);
    users_[user] = {count, std::move(windows)};
  }

  // Once all marks are taken.
  void open() {
    graph::OperatorParts sending = parts(sender_, "count.send", kSend);
    sending.inputs.resize(1);
    sink_ = std::make_unique<application::EdgeSink>(sending, flow_->edge_, kafka::RecordLimits{kEdge, 1'000'000, 0});
    packer_ = static_cast<runtime::Receiver<Item>*>(sending.inputs.front());
    graph::OperatorParts receiving = parts(receiver_, "count.items", kItems);
    receiving.outputs.push_back(this);
    source_ = std::make_unique<application::EdgeSource>(receiving, flow_->edge_);
    const std::string name = kEdge + ("/" + std::to_string(number_));
    const auto kept = snapshot::ResumePoint::find(point_.positions, "count.items", name);
    const auto position = kept ? *application::EdgePosition::of(*kept) : application::EdgePosition{};
    if (position.offset < flow_->kafka_->begin({kEdge, static_cast<std::int32_t>(number_)})) {
      throw coordinator::SharesLost{name + " was deleted before it was read"};
    }
    source_->read(
        name,
        std::make_unique<SimFrames>(*flow_->kafka_, Place{kEdge, static_cast<std::int32_t>(number_)}, position.offset),
        position);
    told_ = source_->times().watermark().time;
  }

  void work() {
    Rng& rng = *flow_->rng_;
    if (rng.percent(60)) {
      read(rng.below(5));
    }
    if (rng.percent(20)) {
      sink_->hear({watermark_ ? at(*watermark_) : Time::min(), false});
    }
    if (rng.percent(60)) {
      if (std::exchange(closed_, false)) {
        receiver_.stage.gate.reopen();
      }
      source_->make_due();
      if (source_->due() <= kNow && !source_->exhausted()) {
        source_->emit(kNow);
      }
      close_windows();
    }
  }

  // An item of the edge.
  void push(Item&& item) override {
    User& user = users_[item.first];
    emit(item.first, "n" + std::to_string(++user.count));
    const std::int64_t window = item.second / kWindow;
    if (at((window + 1) * kWindow) <= told_) {
      emit(item.first, "late");
    }
    ++user.windows[window];
    if (!closed_ && flow_->rng_->percent(10)) {  // there is no room for more
      closed_ = true;
      receiver_.stage.gate.close();
    }
  }

  snapshot::EpochPart close(Epoch epoch, std::uint32_t worker) {
    snapshot::EpochPart part;
    part.epoch = epoch;
    part.worker = WorkerIndex{worker};
    sink_->hear({watermark_ ? at(*watermark_) : Time::min(), false});
    static_cast<void>(sink_->close({runtime::Mark::Kind::kBarrier, epoch}));
    if (!sink_->prepared(part)) {
      throw std::logic_error{"a sink whose rows are in memory is always prepared"};
    }
    const std::string source = flow_->topic_ + "/" + std::to_string(number_);
    if (std::exchange(moved_, false)) {
      part.positions.push_back({kInput, source, std::to_string(position_)});
      if (watermark_) {
        part.positions.push_back({kClock, source, to_bytes(*watermark_)});
      }
    }
    source_->snapshot(part);
    auto changes = std::make_unique<snapshot::StateChanges>();
    for (const std::string& user : std::exchange(changed_, {})) {
      const std::pair state{users_[user].count, users_[user].windows};
      changes->add(key_hash(user), user, &state);
    }
    part.states.push_back({kCount, std::move(changes)});
    part.tokens.push_back({kOut, "0", kafka::with_topic("out", std::exchange(rows_, {}))});
    return part;
  }

  void commit() { sink_->commit(); }

 private:
  graph::OperatorParts parts(OnlyWorker& worker, const std::string& step_id, snapshot::StepNumber step) {
    graph::OperatorParts parts = worker.parts(step_id);
    parts.site.step = runtime::StepNumber{step.value};
    parts.resume = &point_;
    parts.shard = &shard_;
    return parts;
  }

  void read(std::uint64_t most) {
    const std::vector<SimRecord>& log = flow_->kafka_->log({flow_->topic_, static_cast<std::int32_t>(number_)});
    for (; most > 0 && position_ < std::ssize(log); --most) {
      const std::string& value = *log[static_cast<std::size_t>(position_++)].value;
      const std::size_t blank = value.find(' ');
      const std::int64_t time = std::stoll(value.substr(blank + 1));
      packer_->push({value.substr(0, blank), time});
      watermark_ = std::max(watermark_.value_or(time), time);
      moved_ = true;
    }
  }

  void close_windows() {
    told_ = std::max(told_, source_->times().watermark().time);
    for (auto& [name, user] : users_) {
      while (!user.windows.empty() && at((user.windows.begin()->first + 1) * kWindow) <= told_) {
        const auto& [window, count] = *user.windows.begin();
        emit(name, "w" + std::to_string(window) + "=" + std::to_string(count));
        user.windows.erase(user.windows.begin());
      }
    }
  }

  void emit(const std::string& user, const std::string& value) {
    KafkaRecordWriter record;
    record.key(user).value(value).partition(static_cast<std::int32_t>(number_));
    record.append_to(rows_);
    changed_.insert(user);
  }

  const SimEdgeFlow* flow_;
  std::uint32_t number_;
  exchange::Shard shard_;
  OnlyWorker sender_;  // two stages
  OnlyWorker receiver_;
  snapshot::ResumePoint point_;
  std::unique_ptr<application::EdgeSink> sink_;
  runtime::Receiver<Item>* packer_ = nullptr;
  std::unique_ptr<application::EdgeSource> source_;
  std::int64_t position_ = 0;
  std::optional<std::int64_t> watermark_;
  bool moved_ = true;  // a partition tells its position before it reads
  bool closed_ = false;
  Time told_ = Time::min();
  std::map<std::string, User> users_;
  std::set<std::string> changed_;
  std::string rows_;
};

SimEdgeFlow::SimEdgeFlow(SimKafka& kafka, Rng& rng, std::string topic, const std::vector<std::uint32_t>& shards,
                         std::uint32_t count)
    : kafka_{&kafka},
      rng_{&rng},
      topic_{std::move(topic)},
      items_{std::make_unique<exchange::ExchangeFactory<Item, exchange::ByKey>>()} {
  edge_ = {.items = items_.get(),
           .topic = kEdge,
           .frames = {.shape = application::shape_hash(items_->shape()), .shards = count},
           .timed = true};
  for (const std::uint32_t shard : shards) {
    lanes_.push_back(std::make_unique<Lane>(*this, shard, count));
  }
}

SimEdgeFlow::~SimEdgeFlow() = default;

void SimEdgeFlow::load(recovery::SnapshotStore& store) {
  const recovery::Contents contents = store.contents();
  epoch_ = contents.epoch.value;
  for (const recovery::StoredMark& mark : contents.positions) {
    lanes_[*mark.worker]->take(mark);
  }
  using recovery::StepKind;
  recovery::Execution execution;
  execution.flow = "windows";
  execution.steps = {{.id = "input", .op = "input", .kind = StepKind::kSource, .shape = "offset"},
                     {.id = "clock", .op = "event_time", .kind = StepKind::kSource, .shape = ""},
                     {.id = "count.items", .op = "input", .kind = StepKind::kSource, .shape = "offset of items"},
                     {.id = "count", .op = "window", .kind = StepKind::kKeyed, .shape = "count"}};
  execution.numbers = {kInput, kClock, kItems, kCount};
  static_cast<void>(store.begin(execution));
  store.load("count", [&](const snapshot::StateRecord& record) {
    lanes_[*record.worker]->take(from_bytes<std::string>(record.key), std::string{*record.state});
  });
  for (const auto& lane : lanes_) {
    lane->open();
  }
}

void SimEdgeFlow::work(std::size_t shard) { lanes_[shard]->work(); }

recovery::EpochCommit SimEdgeFlow::close() {
  recovery::EpochCommit commit;
  commit.epoch = Epoch{++epoch_};
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    commit.parts.push_back(lanes_[i]->close(commit.epoch, static_cast<std::uint32_t>(i)));
  }
  return commit;
}

void SimEdgeFlow::commit() {
  for (const auto& lane : lanes_) {
    lane->commit();
  }
}

}  // namespace weir::simulation
