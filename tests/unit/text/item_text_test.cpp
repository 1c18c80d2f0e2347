#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <gtest/gtest.h>

#include "weir/text_output.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

template <typename T>
std::string text_of(const T& item) {
  std::string line;
  StandardOutput{}.format(item, line);
  return line;
}

constexpr auto kDay = sys_days{2026y / 1 / 2};

TEST(ItemText, OfNumbersReadsBack) {
  EXPECT_EQ(text_of(1.0), "1.0");
  EXPECT_EQ(text_of(std::tuple{std::string{"ann"}, -3, true, 0.1}), "ann -3 true 0.1");
}

TEST(ItemText, OfTimesIsInUtcWithoutZerosThatSayNothing) {
  EXPECT_EQ(text_of(Time{kDay + 3h + 4min + 5s}), "2026-01-02T03:04:05Z");
  EXPECT_EQ(text_of(Time{kDay + 23h + 59min + 59s + 500ms}), "2026-01-02T23:59:59.5Z");
  EXPECT_EQ(text_of(Time{kDay + 10ns}), "2026-01-02T00:00:00.00000001Z");
  EXPECT_EQ(text_of(kDay), "2026-01-02T00:00:00Z");
  EXPECT_EQ(text_of(Time{-1ms}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(text_of(Time::min()), "1677-09-21T00:12:43.145224192Z");
  EXPECT_EQ(text_of(sys_days{999y / 12 / 31}), "0999-12-31T00:00:00Z");
}

TEST(ItemText, OfOptionalsIsAHyphenWhereTheyAreEmpty) {
  EXPECT_EQ(text_of(std::tuple{std::optional{7}, std::optional<std::string>{}}), "7 -");
}

TEST(ItemText, OfWindowsHasTheirBoundsAndTheNumberOfThoseWithoutAny) {
  const Window hour{4, kDay + 4h, kDay + 5h};
  EXPECT_EQ(text_of(hour), "2026-01-02T04:00:00Z/2026-01-02T05:00:00Z");
  EXPECT_EQ(text_of(std::pair{std::string{"ann"}, InWindow<std::uint64_t>{hour, 2}}),
            "ann 2026-01-02T04:00:00Z/2026-01-02T05:00:00Z 2");
  EXPECT_EQ(text_of(InWindow<double>{{3, Time::min(), Time::max()}, 0.5}), "3 0.5");
}

TEST(ItemText, IsForThoseAloneWhosePartsHaveOne) {
  using Map = std::map<int, int>;
  static_assert(detail::Textual<std::pair<std::string, InWindow<std::tuple<int, std::optional<Time>>>>>);
  static_assert(!detail::Textual<Map> && !detail::Textual<std::pair<int, Map>> && !detail::Textual<InWindow<Map>>);
}

}  // namespace
}  // namespace weir
