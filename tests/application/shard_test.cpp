#include "weir/detail/exchange/shard.hpp"

#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::detail::exchange {
namespace {

using ::testing::HasSubstr;

constexpr std::uint32_t kNoModulus = 0xffffffff;

std::uint32_t positive(std::int32_t hash) { return static_cast<std::uint32_t>(hash) & 0x7fffffff; }

// The values of Apache Kafka's UtilsTest.testMurmur2.
TEST(TheShardOfAKey, IsThePartitionThatKafkasOwnClientsGiveIt) {
  EXPECT_EQ(shard_of("21", kNoModulus), positive(-973932308));
  EXPECT_EQ(shard_of("foobar", kNoModulus), positive(-790332482));
  EXPECT_EQ(shard_of("a-little-bit-long-string", kNoModulus), positive(-985981536));
  EXPECT_EQ(shard_of("a-little-bit-longer-string", kNoModulus), positive(-1486304829));
  EXPECT_EQ(shard_of("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", kNoModulus), positive(-58897971));
  EXPECT_EQ(shard_of("abc", kNoModulus), positive(479470107));
}

TEST(AShard, TakesItsOwnKeysAndNamesTheFirstOther) {
  const std::uint32_t place = shard_of("ann", 6);
  EXPECT_NO_THROW((Shard{place, 6, "orders/1"}.check(std::string{"ann"})));
  try {
    Shard{(place + 1) % 6, 6, "orders/1"}.check(std::string{"ann"});
    FAIL() << "it takes a key of another shard";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("the key \"ann\" came from orders/1"));
    EXPECT_THAT(error.what(), HasSubstr("place it in partition " + std::to_string(place) + " of 6"));
  }
}

TEST(AShard, PlacesAnIntegerByItsDigits) {
  const std::uint32_t place = shard_of("-17", 6);
  EXPECT_NO_THROW((Shard{place, 6, "orders/1"}.check(-17)));
  EXPECT_THROW((Shard{(place + 1) % 6, 6, "orders/1"}.check(-17)), std::runtime_error);
}

}  // namespace
}  // namespace weir::detail::exchange
