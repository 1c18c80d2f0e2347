#include "application/frame.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::detail::application {
namespace {

using ::testing::HasSubstr;

constexpr FrameEdge kEdge{.shape = 77, .shards = 6};

Time at(std::int64_t nanoseconds) { return Time{std::chrono::nanoseconds{nanoseconds}}; }

std::string bytes_of(const Frame& frame, const FrameEdge& edge = kEdge) {
  std::string bytes;
  append_frame(bytes, edge, frame);
  return bytes;
}

std::string refusal(std::string_view bytes, const FrameEdge& edge = kEdge, std::uint32_t to = 4) {
  try {
    static_cast<void>(frame_of(bytes, edge, to));
  } catch (const FrameError& error) {
    return error.what();
  }
  return "none";
}

// A change of a byte, with a sum that fits.
std::string sealed_again(std::string bytes, std::size_t at, char byte) {
  bytes.resize(bytes.size() - kFrameSumBytes);
  bytes[at] = byte;
  const std::uint64_t sum = shape_hash(bytes);  // the same hash
  bytes.append(reinterpret_cast<const char*>(&sum), sizeof(sum));
  return bytes;
}

TEST(AFrame, ComesBackAsItWas) {
  const Frame sent{.from = 2, .to = 4, .watermark = Watermark{at(-5), true}, .items = 2, .bytes = "some items"};
  const std::string bytes = bytes_of(sent);
  const Frame frame = frame_of(bytes, kEdge, 4);
  EXPECT_EQ(frame.from, 2);
  EXPECT_EQ(frame.to, 4);
  EXPECT_EQ(frame.watermark, (Watermark{at(-5), true}));
  EXPECT_EQ(frame.items, 2);
  EXPECT_EQ(frame.bytes, "some items");
}

TEST(AFrame, HasNoWatermarkWhereNoTimeFlows) {
  EXPECT_EQ(frame_of(bytes_of({.from = 0, .to = 4, .items = 1, .bytes = "x"}), kEdge, 4).watermark, std::nullopt);
}

TEST(AFrame, MayHaveAWatermarkAlone) {
  const Watermark last{at(std::numeric_limits<std::int64_t>::max()), false};
  const Frame frame = frame_of(bytes_of({.from = 5, .to = 4, .watermark = last}), kEdge, 4);
  EXPECT_EQ(frame.watermark, last);
  EXPECT_EQ(frame.items, 0);
}

TEST(AFrame, KeepsItsLayout) {
  EXPECT_EQ(bytes_of({.from = 1, .to = 2, .watermark = Watermark{at(3), false}, .items = 1, .bytes = "I"})
                .substr(0, kFrameHeadBytes + 1),
            std::string("WF\x01\x01"
                        "\x4d\0\0\0\0\0\0\0"
                        "\x06\0\0\0"
                        "\x01\0\0\0"
                        "\x02\0\0\0"
                        "\x03\0\0\0\0\0\0\0"
                        "\x01\0\0\0"
                        "I",
                        kFrameHeadBytes + 1));
}

TEST(AFrame, WhenItIsCutAnywhereThenItIsRefused) {
  const std::string bytes = bytes_of({.from = 2, .to = 4, .items = 2, .bytes = "some items"});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(refusal(std::string_view{bytes}.substr(0, size)), "none") << size;
  }
  EXPECT_NE(refusal(bytes + "x"), "none");
}

TEST(AFrame, WhenAnyBitIsFlippedThenItIsRefused) {
  const std::string bytes = bytes_of({.from = 2, .to = 4, .items = 2, .bytes = "some items"});
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(refusal(flipped), "none") << bit;
  }
}

TEST(AFrame, WhenBytesAreRandomThenTheyAreRefused) {
  std::mt19937 random{7};  // NOLINT: the same each time
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(random() % 100, '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(random());
    }
    if (i % 2 == 0 && bytes.size() > 3) {
      bytes.replace(0, 3, "WF\x01");
    }
    EXPECT_NE(refusal(bytes), "none");
  }
}

TEST(AFrame, WhenItIsAnyOtherMessageThenItIsNamedSo) {
  EXPECT_THAT(refusal("{\"user\": 7}"), HasSubstr("11 bytes that are no frame of packed items"));
}

TEST(AFrame, WhenItsFormatIsNewerThenAnUpgradeIsAdvised) {
  const std::string bytes = bytes_of({.from = 2, .to = 4, .items = 1, .bytes = "x"});
  EXPECT_THAT(refusal(sealed_again(bytes, 2, 9)), HasSubstr("format 9, and this build reads 1; upgrade"));
}

TEST(AFrame, WhenItsItemsAreOfAnotherTypeThenItIsRefused) {
  const std::string bytes = bytes_of({.from = 2, .to = 4, .items = 1, .bytes = "x"}, {.shape = 78, .shards = 6});
  EXPECT_THAT(refusal(bytes), HasSubstr("of another type than the step's"));
}

TEST(AFrame, WhenItIsInAnotherPartitionThenItIsRefused) {
  const std::string bytes = bytes_of({.from = 2, .to = 4, .items = 1, .bytes = "x"});
  EXPECT_THAT(refusal(bytes, kEdge, 3), HasSubstr("from shard 2 to 4 of 6, and this is shard 3 of 6"));
}

TEST(AFrame, WhenItsSenderIsNoShardThenItIsRefused) {
  EXPECT_THAT(refusal(bytes_of({.from = 6, .to = 4, .items = 1, .bytes = "x"})), HasSubstr("from shard 6"));
}

TEST(AFrame, WhenItsSumFitsAndItContradictsItselfThenItIsRefused) {
  const std::string bytes = bytes_of({.from = 2, .to = 4, .items = 1, .bytes = "x"});
  EXPECT_THAT(refusal(sealed_again(bytes, 3, 8)), HasSubstr("contradict themselves"));
  EXPECT_THAT(refusal(sealed_again(bytes, 32, 0)), HasSubstr("contradict themselves"));
  EXPECT_THAT(refusal(sealed_again(bytes, 33, 1)), HasSubstr("contradict themselves: 257 items in 1 bytes"));
}

}  // namespace
}  // namespace weir::detail::application
