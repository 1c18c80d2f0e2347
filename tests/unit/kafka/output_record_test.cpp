#include "kafka/output_record.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulation/rng.hpp"
#include "weir/kafka/record_writer.hpp"

namespace weir::detail::kafka {
namespace {

using namespace std::chrono_literals;

std::string full_row() {
  KafkaRecordWriter record;
  record.topic("other").partition(std::numeric_limits<std::int32_t>::max()).time(Time{-1ns}).key("k").value("");
  record.header("h", "1").header("h", std::nullopt);
  std::string row;
  record.append_to(row);
  return row;
}

std::string bare_row() {
  std::string row;
  KafkaRecordWriter{}.append_to(row);
  return row;
}

TEST(OutputRecord, WhenAllPartsAreSetThenAllComeBack) {
  const std::string row = full_row();
  std::string_view rest = row;
  OutputRecord record;
  ASSERT_EQ(take_record(rest, record), Taken::kOne);
  EXPECT_TRUE(rest.empty());
  EXPECT_EQ(record.topic, "other");
  EXPECT_EQ(record.partition, std::numeric_limits<std::int32_t>::max());
  EXPECT_EQ(record.milliseconds, -1);
  EXPECT_EQ(record.key, "k");
  EXPECT_EQ(record.value, "");
  ASSERT_EQ(record.header_count, 2U);
  const OutputHeader first = take_header(record.headers);
  EXPECT_EQ(first.name, "h");
  EXPECT_EQ(first.value, "1");
  EXPECT_EQ(take_header(record.headers).value, std::nullopt);
  EXPECT_TRUE(record.headers.empty());
}

TEST(OutputRecord, WhenNoPartIsSetThenAllAreAbsent) {
  const std::string row = bare_row();
  std::string_view rest = row;
  OutputRecord record;
  ASSERT_EQ(take_record(rest, record), Taken::kOne);
  EXPECT_EQ(record.topic, "");
  EXPECT_EQ(record.partition, OutputRecord::kByKey);
  EXPECT_EQ(record.milliseconds, OutputRecord::kNoTime);
  EXPECT_EQ(record.key, std::nullopt);
  EXPECT_EQ(record.value, std::nullopt);
  EXPECT_EQ(record.header_count, 0U);
}

TEST(OutputRecord, WhenAWriterIsClearedThenNothingOfTheLastRecordIsLeft) {
  KafkaRecordWriter record;
  record.topic("t").partition(1).time(Time{1s}).key("k").value("v").header("h", "1");
  record.clear();
  std::string row;
  record.append_to(row);
  EXPECT_EQ(row, bare_row());
}

TEST(OutputRecord, WhenARowIsCutThenItIsIncompleteAndNothingIsTaken) {
  const std::string row = full_row();
  for (std::size_t size = 0; size < row.size(); ++size) {
    std::string_view rest = std::string_view{row}.substr(0, size);
    OutputRecord record;
    EXPECT_EQ(take_record(rest, record), Taken::kIncomplete) << size;
    EXPECT_EQ(rest.size(), size);
  }
}

TEST(OutputRecord, WhenLengthsAreAbsurdThenItIsMalformed) {
  OutputRecord record;
  for (const std::string& row : {std::string(10, '\xff'), std::string(9, '\xff') + '\x7f',
                                 std::string("\xff\xff\xff\xff\x7f", 5), std::string("\0\xff\xff\xff\xff\x7f", 6)}) {
    std::string_view rest = row;
    EXPECT_EQ(take_record(rest, record), Taken::kMalformed);
  }
}

TEST(OutputRecord, WhenBytesAreHostileThenNothingOutsideThemIsRead) {
  simulation::Rng rng{1};
  const std::string row = full_row();
  for (int i = 0; i < 200'000; ++i) {
    std::string bytes = row.substr(0, rng.between(0, row.size()));
    for (char& byte : bytes) {
      byte = rng.percent(20) ? static_cast<char>(rng.below(256)) : byte;
    }
    const std::vector<char> exact{bytes.begin(), bytes.end()};  // so that a sanitizer sees its end
    std::string_view rest{exact.data(), exact.size()};
    OutputRecord record;
    while (take_record(rest, record) == Taken::kOne) {
      for (std::uint64_t header = 0; header < record.header_count; ++header) {
        static_cast<void>(take_header(record.headers));
      }
      EXPECT_TRUE(record.headers.empty());
    }
  }
}

TEST(OutputRecord, WhenBytesAreShownThenTheyAreCutAndPrintable) {
  EXPECT_EQ(shown_bytes(std::nullopt), "none");
  EXPECT_EQ(shown_bytes(std::string_view{"a\n\xff"}), "\"a\\x0a\\xff\"");
  EXPECT_EQ(shown_bytes(std::string(65, 'x')), "\"" + std::string(64, 'x') + "...\"");
}

TEST(KafkaRecordWriter, WhenKafkaHasNoSuchPartsThenTheyAreRefused) {
  KafkaRecordWriter record;
  EXPECT_THROW(record.topic(""), std::runtime_error);
  EXPECT_THROW(record.topic("a b"), std::runtime_error);
  EXPECT_THROW(record.topic(".."), std::runtime_error);
  EXPECT_THROW(record.topic(std::string(250, 'a')), std::runtime_error);
  EXPECT_THROW(record.partition(-1), std::runtime_error);
  EXPECT_THROW(record.header(std::string_view{"a\0b", 3}, "1"), std::runtime_error);
}

}  // namespace
}  // namespace weir::detail::kafka
