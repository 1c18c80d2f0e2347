// The two ends of an edge that is a topic, with a list of messages in place of the topic.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/edge_sink.hpp"
#include "application/edge_source.hpp"
#include "application/frame.hpp"
#include "kafka/output_record.hpp"
#include "unit/operators/only_worker.hpp"
#include "weir/detail/exchange/exchange.hpp"
#include "weir/weir.hpp"

namespace weir::detail::application {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Item = std::pair<std::string, std::int64_t>;
using Factory = exchange::ExchangeFactory<Item, exchange::ByKey>;

constexpr std::uint32_t kShards = 3;

Time at(std::int64_t time) { return Time{std::chrono::nanoseconds{time}}; }

/// The messages of one partition, from offset 10 on.
class Messages final : public FrameReader {
 public:
  static constexpr std::int64_t kFirst = 10;

  explicit Messages(const std::vector<std::string>& all, std::int64_t from) : all_{&all}, next_{from} {}

  Next next() override {
    if (next_ - kFirst == std::ssize(*all_)) {
      return Next::kNothing;
    }
    ++next_;
    return Next::kFrame;
  }
  [[nodiscard]] std::string_view value() const override {
    return (*all_)[static_cast<std::size_t>(next_ - 1 - kFirst)];
  }
  [[nodiscard]] std::int64_t offset_of_value() const override { return next_ - 1; }
  [[nodiscard]] std::string place() const override { return "edge/1 offset " + std::to_string(next_ - 1); }
  [[nodiscard]] std::int64_t offset() const override { return next_; }
  [[nodiscard]] Poll nothing() const override { return Poll::idle(); }
  [[nodiscard]] std::optional<SourceProgress> progress() const override { return std::nullopt; }

 private:
  const std::vector<std::string>* all_;
  std::int64_t next_;
};

/// Collects items until there is no more room.
class Taken final : public runtime::Receiver<Item> {
 public:
  explicit Taken(runtime::Gate& gate) : gate_{&gate} {}

  void push(Item&& item) override {
    items.push_back(item.second);
    if (--room_ == 0) {
      gate_->close();
    }
  }
  // From here on, for so many.
  void make_room(std::size_t room) {
    if (room_ == 0) {
      gate_->reopen();
    }
    room_ = room;
  }

  std::vector<std::int64_t> items;

 private:
  runtime::Gate* gate_;
  std::size_t room_ = 1'000;
};

class AnEdge : public ::testing::Test {
 protected:
  /// A receiving end of shard 1.
  struct Reader {
    OnlyWorker worker;
    Taken taken{worker.stage.gate};
    std::unique_ptr<EdgeSource> source;

    void poll() {
      source->make_due();
      while (worker.stage.gate.feedable() && source->emit(runtime::Steady{std::chrono::hours{1}})) {
      }
    }
    snapshot::EpochPart snapshot() const {
      snapshot::EpochPart part;
      source->snapshot(part);
      return part;
    }
  };

  std::unique_ptr<Reader> reader(const snapshot::EpochPart* kept = nullptr) {
    auto reader = std::make_unique<Reader>();
    point_ = {};
    EdgePosition position{.offset = Messages::kFirst};
    for (const snapshot::PartitionMark& mark :
         kept != nullptr ? kept->positions : std::vector<snapshot::PartitionMark>{}) {
      point_.positions[{"count.items", mark.partition}] = mark.bytes;
      position = mark.partition == "edge/1" ? EdgePosition::of(mark.bytes).value() : position;
    }
    graph::OperatorParts parts = reader->worker.parts("count.items");
    parts.outputs.push_back(&reader->taken);
    parts.resume = &point_;
    parts.shard = &own_;
    reader->source = std::make_unique<EdgeSource>(parts, edge_);
    reader->source->read("edge/1", std::make_unique<Messages>(messages_, position.offset), position);
    return reader;
  }

  // A message with these items, from a shard.
  void send(std::uint32_t from, const std::vector<std::int64_t>& items, std::optional<Watermark> watermark = {}) {
    codec::ByteBuffer bytes{100};
    codec::OutputArchive archive;
    archive.attach(bytes);
    for (const std::int64_t item : items) {
      encode(archive, Item{"key", item});
    }
    archive.commit();
    append_frame(messages_.emplace_back(), edge_.frames,
                 {.from = from,
                  .to = 1,
                  .watermark = watermark,
                  .items = static_cast<std::uint32_t>(items.size()),
                  .bytes = {reinterpret_cast<const char*>(bytes.data()), bytes.used}});
  }

  Factory items_;
  TopicEdge edge_{.items = &items_,
                  .topic = "edge",
                  .frames = {.shape = shape_hash(items_.shape()), .shards = kShards},
                  .timed = true};
  exchange::Shard own_{1, kShards, "src/1"};
  snapshot::ResumePoint point_;
  std::vector<std::string> messages_;
};

TEST_F(AnEdge, WhenFramesComeThenTheirItemsComeInOrder) {
  send(0, {1, 2});
  send(2, {3});
  const auto reader = this->reader();
  EXPECT_EQ(reader->source->due(), runtime::Steady::min()) << "it is never asked";
  reader->poll();
  EXPECT_THAT(reader->taken.items, ElementsAre(1, 2, 3));
  EXPECT_EQ(reader->snapshot().positions.front().bytes, "12");
}

TEST_F(AnEdge, WhenThereIsNoRoomForAWholeFrameThenTheNextRunGoesOnInIt) {
  send(0, {1, 2, 3}, Watermark{at(5)});
  send(0, {4});
  const auto first = this->reader();
  first->taken.make_room(2);
  first->poll();
  EXPECT_THAT(first->taken.items, ElementsAre(1, 2));
  const snapshot::EpochPart kept = first->snapshot();
  EXPECT_THAT(kept.positions.front().bytes, HasSubstr("10 bytes="));
  const auto next = this->reader(&kept);
  EXPECT_EQ(next->snapshot().positions.front().bytes, kept.positions.front().bytes);
  next->poll();
  EXPECT_THAT(next->taken.items, ElementsAre(3, 4));
  first->taken.make_room(10);
  first->poll();
  EXPECT_THAT(first->taken.items, ElementsAre(1, 2, 3, 4));
}

TEST_F(AnEdge, WhenShardsTellTheirWatermarksThenTheLeastHolds) {
  const auto reader = this->reader();
  send(0, {1}, Watermark{at(7)});
  send(1, {}, Watermark{at(5)});
  reader->poll();
  EXPECT_EQ(reader->source->times().watermark().time, Time::min()) << "shard 2 has told nothing";
  send(2, {}, Watermark{at(3), true});
  reader->poll();
  EXPECT_EQ(reader->source->times().watermark(), (Watermark{at(5), false}));
}

TEST_F(AnEdge, WhenAFrameIsReadInPartThenItsWatermarkDoesNotCount) {
  send(1, {}, Watermark{at(9)});
  send(2, {}, Watermark{at(9)});
  send(0, {1, 2}, Watermark{at(7)});
  const auto reader = this->reader();
  reader->taken.make_room(1);
  reader->poll();
  EXPECT_EQ(reader->source->times().watermark().time, Time::min());
  reader->taken.make_room(10);
  reader->poll();
  EXPECT_EQ(reader->source->times().watermark().time, at(7));
}

TEST_F(AnEdge, WhenARunResumesThenItHasTheWatermarksOfTheLast) {
  for (std::uint32_t shard = 0; shard < kShards; ++shard) {
    send(shard, {}, Watermark{at(shard + 4), shard == 0});
  }
  const auto first = this->reader();
  first->poll();
  const snapshot::EpochPart kept = first->snapshot();
  EXPECT_EQ(this->reader(&kept)->source->times().watermark(), (Watermark{at(5), false}));
}

TEST_F(AnEdge, WhenItemsOfAFrameCannotBeReadThenTheErrorNamesItsPlace) {
  send(0, {1});
  append_frame(messages_.emplace_back(), edge_.frames, {.from = 0, .to = 1, .items = 1, .bytes = "\xff\xff\xff\xff"});
  const auto reader = this->reader();
  try {
    reader->poll();
    FAIL() << "it reads bytes that are no items";
  } catch (const StepError& error) {
    EXPECT_EQ(error.step_id(), "count.items");
    EXPECT_THAT(error.what(), AllOf(HasSubstr("edge/1 offset 11"), HasSubstr("packed items that cannot be read")));
  }
}

TEST_F(AnEdge, WhenAMessageIsNoFrameThenTheErrorNamesItsPlace) {
  messages_.emplace_back("hello");
  const auto reader = this->reader();
  try {
    reader->poll();
    FAIL() << "it reads what is no frame";
  } catch (const StepError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("edge/1 offset 10"), HasSubstr("no frame of packed items")));
  }
}

/// The sending end of shard 1.
class ASender : public AnEdge {
 protected:
  ASender() {
    graph::OperatorParts parts = worker_.parts("count.send");
    parts.inputs.resize(1);
    parts.shard = &own_;
    sink_ = std::make_unique<EdgeSink>(parts, edge_, kafka::RecordLimits{"edge", 1'000'000, 0});
    to_ = static_cast<runtime::Receiver<Item>*>(parts.inputs.front());
  }

  // The frames of an epoch.
  std::vector<Frame> close() {
    snapshot::EpochPart part;
    static_cast<void>(sink_->close({runtime::Mark::Kind::kBarrier, Epoch{1}}));
    EXPECT_TRUE(sink_->prepared(part));
    token_ = part.tokens.front().bytes;
    std::vector<Frame> frames;
    std::string_view rows = token_;
    std::string_view topic;
    kafka::OutputRecord record;
    if (!kafka::take_topic(rows, topic)) {
      return frames;
    }
    EXPECT_EQ(topic, "edge");
    while (kafka::take_record(rows, record) == kafka::Taken::kOne) {
      frames.push_back(frame_of(record.value.value(), edge_.frames, static_cast<std::uint32_t>(record.partition)));
    }
    return frames;
  }

  OnlyWorker worker_;
  std::unique_ptr<EdgeSink> sink_;
  runtime::Receiver<Item>* to_ = nullptr;
  std::string token_;
};

TEST_F(ASender, WhenItemsComeThenEachIsInAFrameForTheShardOfItsKey) {
  for (std::int64_t i = 0; i < 30; ++i) {
    to_->push({"key" + std::to_string(i), i});
  }
  std::uint32_t items = 0;
  for (const Frame& frame : close()) {
    EXPECT_EQ(frame.from, 1);
    items += frame.items;
    codec::InputArchive archive;
    const auto* const bytes = reinterpret_cast<const std::byte*>(frame.bytes.data());
    archive.attach(bytes, bytes + frame.bytes.size());
    while (archive.remaining() > 0) {
      Item item;
      decode(archive, item);
      EXPECT_EQ(exchange::shard_of(item.first, kShards), frame.to);
    }
  }
  EXPECT_EQ(items, 30);
}

TEST_F(ASender, WhenEventTimeAdvancesThenAllShardsHearOfItOnce) {
  sink_->hear(Watermark{at(5)});
  const std::vector<Frame> frames = close();
  ASSERT_EQ(frames.size(), kShards);
  EXPECT_EQ(frames.front().watermark, Watermark{at(5)});
  sink_->commit();
  EXPECT_THAT(close(), IsEmpty());
  sink_->hear(Watermark{at(5), true});
  EXPECT_EQ(close().size(), kShards) << "it is idle now";
}

TEST_F(ASender, WhenAPacketIsFullThenItsFrameHasTheWatermarkOfThatTime) {
  sink_->hear(Watermark{at(5)});
  to_->push({std::string(300'000, 'k'), 1});
  sink_->hear(Watermark{at(6)});
  const std::vector<Frame> frames = close();
  ASSERT_EQ(frames.size(), 1 + kShards);
  EXPECT_EQ(frames.front().watermark, Watermark{at(5)});
  EXPECT_EQ(frames.back().watermark, Watermark{at(6)});
}

TEST_F(ASender, WhenTooMuchWaitsForADecisionThenItTakesNoMoreUntilThen) {
  for (int i = 0; i < 80; ++i) {
    to_->push({std::string(900'000, 'k'), i});
  }
  EXPECT_TRUE(worker_.stage.gate.full());
  static_cast<void>(close());
  EXPECT_TRUE(worker_.stage.gate.full());
  sink_->commit();
  EXPECT_FALSE(worker_.stage.gate.full());
}

TEST_F(ASender, WhenAnItemIsTooLargeForAMessageThenTheErrorNamesTheTopic) {
  try {
    to_->push({std::string(1'200'000, 'k'), 1});
    FAIL() << "Kafka would refuse it";
  } catch (const StepError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("count.send"), HasSubstr("edge")));
  }
}

}  // namespace
}  // namespace weir::detail::application
