#include "kafka/output_token.hpp"

#include <limits>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace weir::detail::kafka {
namespace {

TEST(OutputToken, WhenItIsTextThenItComesBack) {
  const OutputToken token{
      .execution = 7, .number = 12, .end = std::numeric_limits<std::uint64_t>::max(), .checksum = 0xab};
  EXPECT_EQ(token.text(), "1 7 12 18446744073709551615 00000000000000ab");
  EXPECT_EQ(OutputToken::of(token.text()), token);
}

TEST(OutputToken, WhenTextIsAnythingElseThenItIsNone) {
  const std::string good = OutputToken{}.text();
  for (const std::string& bad :
       {std::string{}, std::string{"1"}, std::string{"1 "}, "2" + good.substr(1), good + "0", good + " ",
        good.substr(2), std::string{"1 1 2 3"}, std::string{"1 1 2 3 "}, std::string{"1 -1 2 3 ab"},
        std::string{"1 1  2 3 ab"}, std::string{"1 18446744073709551616 2 3 ab"}, std::string{"1 1 2 3 xy"},
        std::string{"1 1 2 3 ab"}, std::string("1 1 2 3 a\0", 10)}) {
    EXPECT_EQ(OutputToken::of(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace weir::detail::kafka
