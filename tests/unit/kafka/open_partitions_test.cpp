#include "kafka/open_partitions.hpp"

#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/file.hpp"
#include "temporary_folder.hpp"
#include "weir/errors.hpp"
#include "weir/kafka/record_writer.hpp"

namespace weir::detail::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string rows_of(const std::vector<std::string>& topics) {
  std::string rows;
  for (const std::string& topic : topics) {
    KafkaRecordWriter record;
    record.value("a");
    if (!topic.empty()) {
      record.topic(topic);
    }
    record.append_to(rows);
  }
  return rows;
}

std::set<std::string> topics_in(const std::string& rows) {
  const TemporaryFolder folder;
  return topics_of(os::File{folder.write("segment", rows), O_RDONLY | O_CLOEXEC});
}

TEST(TopicsOfASegment, WhenRecordsNameTopicsThenTheyAreThoseOnce) {
  EXPECT_THAT(topics_in(rows_of({"b", "", "a", "b"})), ElementsAre("a", "b"));
  EXPECT_THAT(topics_in(rows_of({"", ""})), IsEmpty());
  EXPECT_THAT(topics_in(""), IsEmpty());
}

TEST(TopicsOfASegment, WhenItIsDamagedThenItIsRefused) {
  std::string rows = rows_of({"a"});
  rows.pop_back();
  EXPECT_THROW(topics_in(rows), RecoveryError);
}

}  // namespace
}  // namespace weir::detail::kafka
