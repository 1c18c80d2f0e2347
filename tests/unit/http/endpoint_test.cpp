#include "http/endpoint.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/errors.hpp"

namespace weir::detail::http {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string error_of(const std::string& text) {
  try {
    return "read as " + Endpoint::parse(text).text();
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(Endpoint, GivenAnAddressAndAPortThenItHasBoth) {
  EXPECT_EQ(Endpoint::parse("127.0.0.1:8080"), (Endpoint{.host = "127.0.0.1", .port = 8080}));
  EXPECT_EQ(Endpoint::parse("0.0.0.0:9000"), (Endpoint{.host = "0.0.0.0", .port = 9000}));
  EXPECT_EQ(Endpoint::parse("my-host.lan:65535"), (Endpoint{.host = "my-host.lan", .port = 65535}));
}

TEST(Endpoint, GivenBracketsThenItHasTheIpv6AddressInThem) {
  EXPECT_EQ(Endpoint::parse("[::1]:0"), (Endpoint{.host = "::1", .port = 0}));
  EXPECT_EQ(Endpoint::parse("[::1]:0").text(), "[::1]:0");
}

TEST(Endpoint, GivenAPortAloneThenItIsOneOfThisMachineAlone) {
  EXPECT_EQ(Endpoint::parse(":8080").text(), "127.0.0.1:8080");
  EXPECT_TRUE(Endpoint::parse(":8080").is_loopback());
}

TEST(Endpoint, GivenAnAddressThenItKnowsWhetherOtherMachinesReachIt) {
  EXPECT_TRUE(Endpoint::parse("127.1.2.3:1").is_loopback());
  EXPECT_TRUE(Endpoint::parse("[::1]:1").is_loopback());
  EXPECT_TRUE(Endpoint::parse("[::ffff:127.0.0.1]:1").is_loopback());
  EXPECT_TRUE(Endpoint::parse("localhost:1").is_loopback());
  EXPECT_FALSE(Endpoint::parse("0.0.0.0:1").is_loopback());
  EXPECT_FALSE(Endpoint::parse("[::]:1").is_loopback());
  EXPECT_FALSE(Endpoint::parse("192.168.1.2:1").is_loopback());
  EXPECT_FALSE(Endpoint::parse("example.org:1").is_loopback());
}

TEST(Endpoint, GivenNoEndpointThenTheErrorTellsWhatIsExpected) {
  for (const char* const wrong :
       {"", "8080", "host", "host:", "host:8080x", "host:65536", "host:-1", "host: 80", "::1:80", "[::1]", "[::1:80",
        "[host]:80", "[]:80", "a b:80", "http://host:80", "*:80"}) {
    EXPECT_THAT(error_of(wrong), AllOf(HasSubstr("address \"" + std::string{wrong} + "\": "),
                                       HasSubstr("expected HOST:PORT, such as 127.0.0.1:8080")));
  }
}

TEST(Endpoint, GivenAnAddressWithoutBracketsThenTheErrorAsksForThem) {
  EXPECT_THAT(error_of("::1:80"), HasSubstr("an IPv6 address stands in brackets"));
}

}  // namespace
}  // namespace weir::detail::http
