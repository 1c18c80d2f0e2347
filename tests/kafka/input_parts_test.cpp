// What needs no broker: formats of values, positions, names of topics, properties.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/position.hpp"
#include "kafka/topic_choice.hpp"
#include "kafka/topic_partition.hpp"
#include "weir/detail/runtime/activity.hpp"
#include "weir/detail/runtime/gate.hpp"
#include "weir/detail/runtime/receiver.hpp"
#include "weir/kafka.hpp"
#include "weir/kafka/protobuf.hpp"
#include "weir/weir.hpp"

namespace weir::tests::kafka {
namespace {

using detail::kafka::Position;
using detail::kafka::TopicChoice;
using detail::kafka::TopicPartition;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::string_literals;

struct Order {
  std::string id;
  int price = 0;
  friend bool operator==(const Order&, const Order&) = default;
};

/// As the compiler of Protobuf generates it: a message is "p:" and a number.
struct Parsed {
  int number = 0;
  bool ParseFromArray(const void* bytes, int size) {
    const std::string_view text{static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
    if (!text.starts_with("p:")) {
      return false;
    }
    number = std::stoi(std::string{text.substr(2)});
    return true;
  }
  friend bool operator==(const Parsed&, const Parsed&) = default;
};

/// What a decoder makes of a value.
template <typename D>
auto decoded(D of, std::optional<std::string> value) {
  using Decode = detail::kafka::Decoder<D>;
  using Item = typename Decode::Item;
  struct Taken final : detail::runtime::Receiver<Item> {
    void push(Item&& item) override { items.push_back(std::move(item)); }
    std::vector<Item> items;
  } taken;
  detail::runtime::Gate gate;
  detail::runtime::Activity activity;
  Emit<Item> emit{taken, gate, activity};
  KafkaRecord record;
  record.value = value ? std::optional<std::string_view>{*value} : std::nullopt;
  Decode{std::move(of)}(record, emit);
  emit.flush();
  return taken.items;
}

template <typename D>
std::string refused(D of, std::optional<std::string> value) {
  try {
    decoded(std::move(of), std::move(value));
  } catch (const InputError& error) {
    return error.what();
  }
  return "it is taken";
}

auto orders() { return fields<Order>("id", "price"); }

TEST(JsonDecoder, WhenAValueIsNoneOfItsShapeThenTheErrorNamesTheByte) {
  EXPECT_THAT(decoded(orders(), R"({"id":"a","price":3})"), ElementsAre(Order{"a", 3}));
  EXPECT_THAT(refused(orders(), R"({"id":"a"})"), HasSubstr("byte 1 of the value: \"price\" is missing"));
  EXPECT_THAT(refused(orders(), "{\"id\":\"\xc3\x28\",\"price\":3}"), HasSubstr("byte 8 of the value is 0xc3"));
  EXPECT_THAT(refused(orders(), ""), HasSubstr("byte 1 of the value"));
  EXPECT_THAT(refused(orders(), std::nullopt), HasSubstr("no value (a tombstone), and JSON is expected"));
}

TEST(ConfluentFrame, WhenItIsThereThenTheContentIsDecodedAndTheSchemaGiven) {
  EXPECT_THAT(decoded(confluent_framed(orders()), "\0\0\0\1\2{\"id\":\"a\",\"price\":3}"s), ElementsAre(Order{"a", 3}));
  const auto both = [](const KafkaRecord& record, std::uint32_t schema) {
    return std::to_string(schema) + " " + std::string{*record.value};
  };
  EXPECT_THAT(decoded(confluent_framed(both), "\0\0\0\1\2content"s), ElementsAre("258 content"));
  EXPECT_THAT(decoded(confluent_framed(both), "\0\xff\xff\xff\xff"s), ElementsAre("4294967295 "));
}

TEST(ConfluentFrame, WhenItIsMissingThenTheRecordIsRefused) {
  EXPECT_THAT(refused(confluent_framed(orders()), "{}"), HasSubstr("zero byte"));
  EXPECT_THAT(refused(confluent_framed(orders()), "\1\0\0\0\1{}"s), HasSubstr("zero byte"));
  EXPECT_THAT(refused(confluent_framed(orders()), std::nullopt), HasSubstr("no value"));
}

TEST(ProtobufDecoder, WhenAValueIsAMessageThenItIsAnItem) {
  EXPECT_THAT(decoded(protobuf<Parsed>(), "p:7"), ElementsAre(Parsed{7}));
  EXPECT_THAT(refused(protobuf<Parsed>(), "7"), HasSubstr("of 1 bytes, is no Protobuf message"));
  EXPECT_THAT(refused(protobuf<Parsed>(), std::nullopt), HasSubstr("no value"));
}

TEST(ProtobufDecoder, WhenTheValueHasAFrameThenSchemaAndPathAreSkipped) {
  EXPECT_THAT(decoded(confluent_protobuf<Parsed>(), "\0\0\0\0\1\0p:7"s), ElementsAre(Parsed{7}));
  EXPECT_THAT(decoded(confluent_protobuf<Parsed>(), "\0\0\0\0\1\4\2\x80\1p:8"s), ElementsAre(Parsed{8}));
  EXPECT_THAT(refused(confluent_protobuf<Parsed>(), "\0\0\0\0\1"s), HasSubstr("no path"));
  EXPECT_THAT(refused(confluent_protobuf<Parsed>(), "\0\0\0\0\1\4\2"s), HasSubstr("no path"));
  EXPECT_THAT(refused(confluent_protobuf<Parsed>(), "\0\0\0\0\1\1p:7"s), HasSubstr("no path")) << "a negative number";
  EXPECT_THAT(refused(confluent_protobuf<Parsed>(), "\0\0\0\0\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"s),
              HasSubstr("no path"));
}

TEST(PositionOfAPartition, WhenItIsWrittenThenItIsReadAgain) {
  EXPECT_EQ((Position{.offset = 12}.text()), "12");
  EXPECT_EQ((Position{.offset = 12, .from_ms = 5}.text()), "12 from=5");
  EXPECT_EQ(Position::of("12")->offset, 12);
  EXPECT_EQ(Position::of("12")->from_ms, std::nullopt);
  EXPECT_EQ(Position::of("12 from=5")->from_ms, 5);
  EXPECT_EQ(Position::of("12 later=x from=5 more")->from_ms, 5) << "later versions may write more";
  for (const std::string_view wrong : {"", "x", "-1", "12x", " 12", "99999999999999999999"}) {
    EXPECT_FALSE(Position::of(wrong)) << wrong;
  }
}

TEST(NameOfAPartition, WhenItIsWrittenThenItIsReadAgain) {
  const TopicPartition partition{"a.b-c_d", 12};
  EXPECT_EQ(partition.name(), "a.b-c_d/12");
  EXPECT_EQ(TopicPartition::of(partition.name()), partition);
  EXPECT_LT((TopicPartition{"a", 2}), (TopicPartition{"a", 10}));
}

TEST(TopicsOfAnInput, WhenTheyAreNamesAndPatternsThenBothChoose) {
  const TopicChoice topics{{"orders", "^audit\\..*", "^o", "orders", "__named"}};
  EXPECT_THAT(topics.names(), ElementsAre("__named", "orders"));
  EXPECT_TRUE(topics.have("orders"));
  EXPECT_TRUE(topics.have("audit.a"));
  EXPECT_FALSE(topics.have("my.audit.a"));
  EXPECT_TRUE(topics.have("__named"));
  EXPECT_FALSE(TopicChoice{{"^.*"}}.have("__consumer_offsets"));
  EXPECT_TRUE(topics.only_by_pattern("other"));
  EXPECT_FALSE(topics.only_by_pattern("orders"));
}

TEST(TopicsOfAnInput, WhenOneIsMalformedThenTheInputIsRefused) {
  const KafkaCluster cluster{"127.0.0.1:1"};
  for (const std::string wrong : {"", "a/b", "a b", "..", "^(", "*"}) {
    EXPECT_THROW(kafka_messages(cluster, {wrong}), BuildError) << wrong;
  }
  EXPECT_THROW(kafka_messages(cluster, {}), BuildError);
  EXPECT_THROW(kafka_messages(cluster, {std::string(250, 'a')}), BuildError);
}

TEST(OptionsOfAnInput, WhenOneCannotBeThenItIsRefused) {
  auto input = kafka_messages(KafkaCluster{"127.0.0.1:1"}, {"t"});
  EXPECT_THROW(input.refresh(std::chrono::milliseconds{0}), BuildError);
  EXPECT_THROW(input.set("isolation.level", "read_uncommitted"), UsageError);
  EXPECT_THROW(input.set("no.such.property", "1"), UsageError);
  EXPECT_NO_THROW(input.set("fetch.wait.max.ms", "100"));
  EXPECT_THROW(KafkaStart::committed("a", KafkaStart::committed("b")), BuildError);
}

}  // namespace
}  // namespace weir::tests::kafka
