#include "kafka/client_errors.hpp"

#include <string_view>

#include <gtest/gtest.h>

namespace weir::detail::kafka {
namespace {

constexpr std::string_view kHint =
    "127.0.0.1:9092/bootstrap: Disconnected: verify that security.protocol is correctly configured (after 4ms in state "
    "UP)";
constexpr std::string_view kCut = "127.0.0.1:9092/bootstrap: Send failed: Broken pipe (after 0ms in state UP)";
constexpr std::string_view kNoBroker =
    "127.0.0.1:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused";

TEST(WordsOfAClient, AreKeptWhenTheNextSayThatAllBrokersAreDown) {
  EXPECT_TRUE(says_more(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down", ""));
  EXPECT_FALSE(says_more(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "1/1 brokers are down", kNoBroker));
}

TEST(WordsOfAClient, AreKeptWhenTheyNameTheSettingAndTheNextSayThatALineWasCut) {
  EXPECT_FALSE(says_more(RD_KAFKA_RESP_ERR__TRANSPORT, kCut, kHint));
  EXPECT_TRUE(says_more(RD_KAFKA_RESP_ERR__TRANSPORT, kCut, kNoBroker));
  EXPECT_TRUE(says_more(RD_KAFKA_RESP_ERR__TRANSPORT, kHint, kCut));
}

TEST(WordsOfAClient, AreReplacedWhenTheBrokerIsGone) {
  EXPECT_TRUE(says_more(RD_KAFKA_RESP_ERR__TRANSPORT, kNoBroker, kHint));
  EXPECT_TRUE(says_more(RD_KAFKA_RESP_ERR__AUTHENTICATION, "SASL authentication error", kHint));
}

}  // namespace
}  // namespace weir::detail::kafka
