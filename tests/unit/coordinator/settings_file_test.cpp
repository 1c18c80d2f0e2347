#include "coordinator/settings_file.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "weir/errors.hpp"

namespace weir::detail::coordinator {
namespace {

using Texts = std::vector<std::string>;

/// The values of the only setting of a text.
Texts values_of(const std::string& text) {
  const std::vector<Setting> settings = read_settings("name = " + text);
  return settings.size() == 1 ? settings.front().values : Texts{"not one setting"};
}

TEST(AFileOfSettings, HasValuesExactlyAsTheyAreWritten) {
  const std::vector<std::pair<std::string, std::string>> written{
      {"4", "4"},
      {"true", "true"},
      {"{}", "{}"},
      {"/var/lib/shop # where it is kept", "/var/lib/shop"},
      {"a#b", "a#b"},
      {"  two words \t", "two words"},
      {"a,b", "a,b"},
      {"it's", "it's"},
      {"%%", "%%"},
      {"\"[a,b]\"", "[a,b]"},
      {"'[a,b]'", "[a,b]"},
      {"\"\"", ""},
      {"'{}'", "{}"},
      {"\"a # b\" # c", "a # b"},
      {"'a\\b\"c'", "a\\b\"c"},
      {R"("a\"b\\c\td\ne")", "a\"b\\c\td\ne"},
      {R"("\u00e4\u20ac\U0001F600")", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"},
      {"caf\xE9\r", "caf\xE9"}};
  for (const auto& [text, value] : written) {
    EXPECT_EQ(values_of(text), Texts{value}) << text;
  }
}

TEST(AFileOfSettings, HasListsOnOneLineOrMore) {
  EXPECT_EQ(values_of("[\"a,b\", '[c]']"), (Texts{"a,b", "[c]"}));
  EXPECT_EQ(values_of("[ # first\n  \"a\",\n\n  # second\n  'b',\n]"), (Texts{"a", "b"}));
  EXPECT_EQ(values_of("[]"), Texts{});
  EXPECT_TRUE(read_settings("a = ['x']").front().list);
  EXPECT_FALSE(read_settings("a = '[x]'").front().list);
}

TEST(AFileOfSettings, HasCommentsEmptyLinesAndAnyLineEnds) {
  const auto settings = read_settings("\xEF\xBB\xBF# of the shop\r\n\r\n  workers = 4\r\nlog-level='info'# loud");
  ASSERT_EQ(settings.size(), 2U);
  EXPECT_EQ(settings[0].name, "workers");
  EXPECT_EQ(settings[0].line, 3U);
  EXPECT_EQ(settings[1].name, "log-level");
  EXPECT_EQ(settings[1].values, Texts{"info"});
  EXPECT_EQ(settings[1].line, 4U);
  EXPECT_TRUE(read_settings("").empty());
}

TEST(AFileOfSettings, IsRefusedWithTheLineOfTheMistake) {
  const std::vector<std::pair<std::string, std::string>> mistakes{
      {"\n[section]\n", "line 2: sections are not known"},
      {"workers\n", "line 1: expected NAME = VALUE"},
      {"--workers = 4", "line 1: expected NAME = VALUE, with the name of a flag without its dashes"},
      {"= 4", "line 1: expected NAME = VALUE"},
      {"a = 1\nb =\n", "line 2: \"b\" has no value"},
      {"a = # nothing", "line 1: \"a\" has no value"},
      {"a = 1\n\na = 2", "line 3: \"a\" is in line 1 already"},
      {"a = \"x\ny\"", "line 1: a text in quotes does not end on its line"},
      {"a = 'x", "line 1: a text in quotes does not end on its line"},
      {"a = \"x\" y", "line 1: expected the end of the line after the value of \"a\", found y"},
      {R"(a = "\q")", "line 1: unknown escape"},
      {R"(a = "\ud800")", "line 1: unknown escape"},
      {R"(a = "\u12")", "line 1: expected 4 hexadecimal digits"},
      {"a = [b, c]", "line 1: expected a text in quotes"},
      {"a = ['b'\n'c']", "line 2: expected , or ]"},
      {"a = ['b',\n", "line 2: a list has no ]"}};
  for (const auto& [text, message] : mistakes) {
    try {
      static_cast<void>(read_settings(text));
      ADD_FAILURE() << text << " was taken";
    } catch (const UsageError& error) {
      EXPECT_EQ(std::string{error.what()}.substr(0, message.size()), message) << text;
    }
  }
}

}  // namespace
}  // namespace weir::detail::coordinator
