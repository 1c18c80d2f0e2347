#include "status/words.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace weir::detail::status {
namespace {

using namespace std::chrono_literals;

TEST(Words, CountsHaveUpToThreeDigitsAndAPrefix) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(812), "812");
  EXPECT_EQ(count_text(999.4), "999");
  EXPECT_EQ(count_text(999.5), "1.0 k");
  EXPECT_EQ(count_text(1'234), "1.2 k");
  EXPECT_EQ(count_text(99'940), "99.9 k");
  EXPECT_EQ(count_text(99'950), "100 k");
  EXPECT_EQ(count_text(340'000), "340 k");
  EXPECT_EQ(count_text(999'500), "1.0 M");
  EXPECT_EQ(count_text(18'446'744'073'709'551'615.0), "18.4 E");
}

TEST(Words, SizesAreInDecimalUnits) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(812), "812 B");
  EXPECT_EQ(bytes_text(148'000'000), "148 MB");
  EXPECT_EQ(bytes_text(1'250'000'000), "1.2 GB");
}

TEST(Words, DurationsHaveUpToTwoUnits) {
  EXPECT_EQ(time_text(999us), "0 s");
  EXPECT_EQ(time_text(41ms), "41 ms");
  EXPECT_EQ(time_text(4s + 290ms), "4.2 s");
  EXPECT_EQ(time_text(4s), "4 s");
  EXPECT_EQ(time_text(59s + 999ms), "59 s");
  EXPECT_EQ(time_text(130s), "2 min 10 s");
  EXPECT_EQ(time_text(2min), "2 min");
  EXPECT_EQ(time_text(3h + 5min + 1s), "3 h 5 min");
  EXPECT_EQ(time_text(52h), "2 d 4 h");
  EXPECT_EQ(time_text(nanoseconds::max()), "106751 d 23 h");
  EXPECT_EQ(time_text(-1s), "0 s");
}

TEST(Words, NamesOfAnyBytesAreOneLine) { EXPECT_EQ(in_quotes("a\n\x1b[2J\x7f\xff"), "\"a??[2J?\uFFFD\""); }

TEST(Words, PercentagesAreRounded) {
  EXPECT_EQ(percent_text(0.924), "92 %");
  EXPECT_EQ(percent_text(0.925), "93 %");
}

}  // namespace
}  // namespace weir::detail::status
