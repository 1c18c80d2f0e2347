// Values at the edges of JSON: read as what they are, or refused with their place, and what weir writes it can read.

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temporary_folder.hpp"
#include "weir/detail/sqlite/table_row.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using std::chrono_literals::operator""s;

struct Record {
  std::optional<std::string> text;
  std::optional<double> number;
  std::optional<float> single;
  std::optional<int> count;
  std::optional<Time> at;
};

const auto shape = fields<Record>("text", "number", "single", "count", "at");

/// What reading a file of such lines gives: the records, and the errors of those that cannot be used.
class LinesOfJson {
 public:
  explicit LinesOfJson(const std::string& lines, unsigned workers = 1) {
    folder_.write("in", lines);
    Dataflow flow{"json"};
    auto [good, bad] = flow.try_input("in", JsonLines{{folder_.path() + "/in"}, shape});
    good | op::output("out", Callback{[this](const Record& record) { records.push_back(record); }});
    bad | op::output("bad", Callback{[this](const BadRecord& record) { errors.push_back(record.error); }});
    RunOptions options;
    options.workers = workers;
    run(flow, options);
  }

  std::vector<Record> records;
  std::vector<std::string> errors;

 private:
  TemporaryFolder folder_;
};

template <typename T>
T read_as(std::string text) {
  detail::JsonParser parser;
  return parser.parse(text.data(), text.size()).get<T>();
}

template <typename T>
std::string error_of(std::string text) {
  try {
    static_cast<void>(read_as<T>(std::move(text)));
  } catch (const JsonError& error) {
    return std::to_string(error.offset()) + ": " + error.what();
  }
  return "read";
}

template <typename T>
std::string written(const T& value) {
  std::string text;
  JsonWriter{text}.value(value);
  return text;
}

TEST(ANumberOfJson, IsZeroWhereItIsCloserToThatThanToAnyOther) {
  const LinesOfJson lines{R"({"number":1e-400}
{"number":2e-324}
{"number":-1e-400}
{"number":0.00001e-330}
{"number":123456789e-999999999999999999999}
{"single":1e-60}
)"};
  EXPECT_THAT(lines.errors, ElementsAre());
  ASSERT_EQ(lines.records.size(), 6U);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(lines.records[static_cast<std::size_t>(i)].number, 0.0);
  }
  EXPECT_TRUE(std::signbit(*lines.records[2].number));
  EXPECT_EQ(lines.records[5].single, 0.0F);
}

TEST(ANumberOfJson, IsTheSmallestThereIs) {
  EXPECT_EQ(read_as<double>("5e-324"), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(read_as<double>("3e-324"), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(read_as<float>("1e-45"), std::numeric_limits<float>::denorm_min());
  EXPECT_EQ(read_as<double>("1.7976931348623157e308"), std::numeric_limits<double>::max());
  EXPECT_EQ(read_as<double>("0e999"), 0.0);
  EXPECT_EQ(read_as<double>("0.000e99999999999999999999"), 0.0);
}

TEST(ANumberOfJson, IsRefusedWhereItsTypeDoesNotReachSoFar) {
  const LinesOfJson lines{R"({"single":1e39}
{"single":1.5}
{"text":"x","number":-1e400}
{"single":100000e34}
{"number":0.001e999999999999999999999}
)"};
  EXPECT_EQ(lines.records.size(), 1U);
  ASSERT_EQ(lines.errors.size(), 4U);
  EXPECT_THAT(lines.errors[0], AllOf(HasSubstr("in:1:11:"),
                                     HasSubstr(R"("single": expected a number that a float can hold, found 1e39)")));
  EXPECT_THAT(lines.errors[1],
              AllOf(HasSubstr("in:3:22:"), HasSubstr("\"number\": expected a number that a double can hold")));
  EXPECT_THAT(lines.errors[2], HasSubstr("a float can hold, found 100000e34"));
  EXPECT_THAT(lines.errors[3], HasSubstr("a double can hold"));
}

TEST(ANumberOfJson, OnlyHasToBeOneWhereNobodyReadsIt) {
  const LinesOfJson lines{R"({"other":1e-400,"text":"a"}
{"other":1e400,"text":"b"}
{"other":[1e400,{"x":-1e999}],"text":"c"}
{"other":1e,"text":"d"}
)"};
  EXPECT_EQ(lines.records.size(), 3U);
  EXPECT_EQ(lines.errors.size(), 1U);
}

TEST(ANumberOfJson, IsShownAsItStandsInTheText) {
  EXPECT_EQ(error_of<int>("1.0"), "0: expected a whole number from -2147483648 to 2147483647, found 1.0");
  EXPECT_EQ(error_of<int>(" 1e2"), "1: expected a whole number from -2147483648 to 2147483647, found 1e2");
  EXPECT_THAT(error_of<std::uint64_t>("18446744073709551616"), HasSubstr("found 18446744073709551616"));
}

TEST(ANumberOfJson, IsNoneWithAnotherLargeOneInIt) {
  for (const std::string text : {"1e400e400", "1e4e400", "--1e400", "1.-5e400", "1e400.1e400"}) {
    EXPECT_THAT(error_of<double>(text), HasSubstr("not JSON")) << text;
  }
}

TEST(AnArrayOfJson, IsRefusedWhereItBegins) {
  EXPECT_EQ(error_of<int>("[[1]]"), "0: expected a whole number from -2147483648 to 2147483647, found an array of 1");
  EXPECT_EQ((error_of<std::tuple<int, int>>(" [[[]]]")), "1: expected an array of 2, found an array of 1");
}

TEST(ATextOfJson, IsRefusedWithHalfOfASurrogatePair) {
  const LinesOfJson lines{R"({"text":"x\udc00"}
{"text":"fine"}
{"text":"x\ud83d"}
{"text":"\udfff\ud83d\ude00"}
{"text":"\ud83d\ude00"}
{"text":"\ud7ff\ue000"}
{"a\udc00":1}
)"};
  EXPECT_EQ(lines.records.size(), 3U);
  ASSERT_EQ(lines.errors.size(), 4U);
  EXPECT_THAT(lines.errors[0], AllOf(HasSubstr("in:1:9:"), HasSubstr("half of a surrogate pair")));
}

TEST(ATextOfJson, HasNoControlCharacters) {
  EXPECT_EQ(error_of<std::string>("\"a\tb\""),
            "2: not JSON: a text has the control character 0x09, which must be written as \\t");
  EXPECT_THAT(error_of<std::string>("\"a\x01\""), HasSubstr("must be written as \\u0001"));
  EXPECT_THAT(error_of<std::string>(std::string{"\"a\0b\"", 5}), HasSubstr("not JSON: a NUL"));
  EXPECT_THAT(error_of<std::string>("\"a\\qb\""), HasSubstr("escape"));
}

TEST(ATextOfJson, IsShownWholeCharactersOnOneLine) {
  EXPECT_THAT(error_of<int>("\"a\\nb\""), HasSubstr("found \"a\\u000ab\""));
  std::string text(39, 'a');
  text += "\u00e9\u00e9";
  EXPECT_THAT(error_of<int>('"' + text + '"'), HasSubstr("found \"" + std::string(39, 'a') + "...\""));
}

TEST(TwoMembersOfOneName, AreTheLastOne) {
  const LinesOfJson lines{R"({"count":"x","count":5}
{"count":5,"count":"x"}
{"text":null,"count":1,"text":"b"}
)"};
  ASSERT_EQ(lines.records.size(), 2U);
  EXPECT_EQ(lines.records[0].count, 5);
  EXPECT_EQ(lines.records[1].text, "b");
  EXPECT_EQ(lines.errors.size(), 1U);
}

TEST(ATextThatIsNotUtf8, IsNotWrittenAsJson) {
  for (const char* const text : {"a\xff", "\xed\xb0\x80", "\xc3", "\xc0\xaf"}) {
    EXPECT_THROW(written(std::string{text}), std::domain_error) << text;
    EXPECT_THROW(written(std::map<std::string, int>{{text, 1}}), std::domain_error) << text;
  }
  EXPECT_EQ(written(std::string{"\u00e9\t\"\x7f"}), "\"\u00e9\\t\\\"\x7f\"");

  const TemporaryFolder folder;
  folder.write("in", "fine\nbad \xff\n");
  Dataflow flow{"latin"};
  flow.input("in", TextFiles{{folder.path() + "/in"}}.any_encoding()) |
      op::output("out", json_lines_output<std::string>(folder.path() + "/out"));
  EXPECT_THROW(run(flow), StepError);
}

template <typename T>
void expect_round_trip(const T& value) {
  EXPECT_EQ(read_as<T>(written(value)), value) << written(value);
}

TEST(WhatWasWrittenAsJson, IsReadAsTheSame) {
  expect_round_trip(0.1F);
  expect_round_trip(std::numeric_limits<float>::max());
  expect_round_trip(std::numeric_limits<float>::denorm_min());
  expect_round_trip(std::numeric_limits<double>::max());
  expect_round_trip(std::numeric_limits<double>::denorm_min());
  expect_round_trip(-0.0);
  expect_round_trip(1e21);
  expect_round_trip(1.0L / 3);
  expect_round_trip(std::numeric_limits<long double>::max());
  expect_round_trip(std::numeric_limits<std::int64_t>::min());
  expect_round_trip(std::numeric_limits<std::uint64_t>::max());
  expect_round_trip(std::vector<bool>{true, false});
  expect_round_trip(std::array<int, 3>{1, 2, 3});
  expect_round_trip(std::set<std::string>{"a", "b"});
  expect_round_trip(std::map<int, std::string>{{1, "a"}, {2, "b"}});
  expect_round_trip(std::map<std::string, std::vector<std::optional<int>>>{{"a", {1, std::nullopt}}});
  expect_round_trip(std::tuple<int, std::string, std::pair<bool, double>>{1, "\u0000x\u2028", {true, 0.5}});
  EXPECT_THAT((error_of<std::array<int, 3>>("[1,2]")), HasSubstr("expected an array of 3"));
}

TEST(APointInTimeInJson, IsWrittenAsRfc3339HasIt) {
  EXPECT_EQ(written(Time{}), R"("1970-01-01T00:00:00Z")");
  EXPECT_EQ(written(Time{std::chrono::nanoseconds{-1}}), R"("1969-12-31T23:59:59.999999999Z")");
  EXPECT_EQ(written(Time{std::chrono::milliseconds{1500}}), R"("1970-01-01T00:00:01.5Z")");
  EXPECT_THROW(written(std::chrono::sys_seconds{400000000000s}), std::domain_error);
}

TEST(APointInTimeInJson, IsReadAsItWasWritten) {
  for (const std::int64_t count :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1'700'000'000'123'456'789},
        std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    expect_round_trip(Time{std::chrono::nanoseconds{count}});
  }
  expect_round_trip(std::chrono::sys_seconds{-1s});
  expect_round_trip(std::chrono::sys_days{std::chrono::year{2024} / 2 / 29});
  expect_round_trip(std::chrono::sys_time<std::chrono::microseconds>{std::chrono::microseconds{-7}});
  expect_round_trip(std::optional<Time>{Time{std::chrono::nanoseconds{77}}});
}

TEST(APointInTimeInJson, IsReadWithItsOffset) {
  EXPECT_EQ(read_as<Time>(R"("2026-01-02T03:04:05+01:30")"), read_as<Time>(R"("2026-01-02T01:34:05Z")"));
  EXPECT_EQ(read_as<Time>(R"("2026-01-01T23:04:05.25-04:00")"), read_as<Time>(R"("2026-01-02t03:04:05.250z")"));
  EXPECT_EQ(read_as<Time>(R"("2016-12-31T23:59:60Z")"), read_as<Time>(R"("2017-01-01T00:00:00Z")"));
  EXPECT_EQ(read_as<std::chrono::sys_seconds>(R"("1969-12-31T23:59:58.5Z")").time_since_epoch(), -2s);
}

TEST(APointInTimeInJson, IsRefusedWhereItIsNone) {
  for (const char* const text :
       {R"("2026-01-02")", R"("2026-01-02T03:04:05")", R"("2026-02-30T03:04:05Z")", R"("2026-01-02T24:00:00Z")",
        R"("2026-01-02T03:04:05Zx")", R"("2026-1-2T03:04:05Z")", R"("2026-01-02T03:04:05.Z")", R"("")", "1767323045"}) {
    EXPECT_THAT(error_of<Time>(text), HasSubstr("expected a time such as \"2026-01-02T03:04:05.5Z\"")) << text;
  }
  EXPECT_THAT(error_of<Time>(R"("9999-12-31T00:00:00Z")"), HasSubstr("expected a time that the field's type reaches"));
  EXPECT_EQ(error_of<std::chrono::sys_seconds>(R"("9999-12-31T00:00:00Z")"), "read");
}

TEST(ARealOfATable, IsRefusedByAFloatThatDoesNotReachSoFar) {
  float field = 0;
  detail::sqlite::TableValue value{
      .type = detail::sqlite::TableValue::Type::kReal, .integer = 0, .real = 1e300, .bytes = {}};
  EXPECT_THROW(detail::sqlite::take_field(value, "number", field), std::runtime_error);
  value.real = -1e39;
  EXPECT_THROW(detail::sqlite::take_field(value, "number", field), std::runtime_error);
  value.real = 1e-60;
  detail::sqlite::take_field(value, "number", field);
  EXPECT_EQ(field, 0.0F);
  value.real = std::numeric_limits<double>::infinity();  // which SQLite can hold
  detail::sqlite::take_field(value, "number", field);
  EXPECT_EQ(field, std::numeric_limits<float>::infinity());
}

class AFileOfJson : public ::testing::TestWithParam<unsigned> {};

TEST_P(AFileOfJson, ThatWasWrittenIsReadAsTheSame) {
  const TemporaryFolder folder;
  std::vector<Record> records;
  for (int i = 0; i < 200; ++i) {
    records.push_back({"text \u00e9 \"" + std::to_string(i), i / 7.0, static_cast<float>(i) / 7.0F, i,
                       Time{std::chrono::nanoseconds{i * 123'456'789'012}}});
  }
  RunOptions options;
  options.workers = GetParam();
  Dataflow writing{"writing"};
  writing.input("records", RangeInput{records}) | op::redistribute("deal") |
      op::output("out", JsonLinesOutput{folder.path() + "/in", shape});
  run(writing, options);

  LinesOfJson read{folder.read("in"), GetParam()};
  EXPECT_THAT(read.errors, ElementsAre());
  ASSERT_EQ(read.records.size(), records.size());
  std::ranges::sort(read.records, {}, &Record::count);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto all = [](const Record& record) {
      return std::tie(record.text, record.number, record.single, record.count, record.at);
    };
    EXPECT_EQ(all(read.records[i]), all(records[i]));
  }
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, AFileOfJson, ::testing::Values(1U, 2U));

}  // namespace
}  // namespace weir
