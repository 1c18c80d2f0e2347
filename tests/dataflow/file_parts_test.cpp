#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "dataflow/every_worker_count.hpp"
#include "temporary_folder.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

template <typename Source>
auto read_all(const Source& source, std::size_t workers = 1) {
  Dataflow flow{"flow"};
  testing::Collected<typename Source::Item> items;
  flow.input("in", source) | op::output("out", items);
  RunOptions options;
  options.workers = workers;
  run(flow, options);
  return items.items();
}

template <typename Source>
std::string error_of(const Source& source) {
  try {
    read_all(source);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

class FilesInParts : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
};

// Lines of all lengths begin and end anywhere in stripes, and in the blocks of 256 KiB in which files are read.
TEST_F(FilesInParts, GiveEachLineOnceAtEveryWorkerCount) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    std::mt19937_64 random{seed};
    const std::size_t stripe_bytes = std::size_t{1} << (4 + random() % 16);
    std::vector<std::string> expected;
    std::string content;
    while (content.size() < stripe_bytes * 20) {
      const std::size_t size = random() % (random() % 16 == 0 ? stripe_bytes * 4 : stripe_bytes / 2 + 2);
      expected.push_back(std::to_string(content.size()) + std::string(size, 'x'));
      content += expected.back() + (random() % 5 == 0 ? "\r\n" : "\n");
    }
    content += "the last one";
    expected.emplace_back("the last one");
    std::ranges::sort(expected);
    const std::string path = folder_.write("a", content);
    for (const std::size_t workers : testing::kWorkerCounts) {
      std::vector<std::string> lines = read_all(TextFiles{{path}}.in_parts(2 + random() % 9, stripe_bytes), workers);
      std::ranges::sort(lines);
      EXPECT_TRUE(lines == expected) << "seed " << seed << ", " << workers << " workers: " << lines.size() << " of "
                                     << expected.size() << " lines";
    }
  }
}

TEST_F(FilesInParts, KeepTheOrderWithinEachPart) {
  constexpr std::size_t kParts = 3;
  constexpr std::size_t kStripe = 100;
  std::string content;
  std::map<std::string, std::size_t> begins;
  for (int line = 0; line < 5'000; ++line) {
    begins[std::to_string(line)] = content.size();
    content += std::to_string(line) + "\n";
  }
  std::vector<std::vector<std::size_t>> places(kParts);
  for (const std::string& line : read_all(TextFiles{{folder_.write("a", content)}}.in_parts(kParts, kStripe))) {
    places[begins.at(line) / kStripe % kParts].push_back(begins.at(line));
  }
  for (const std::vector<std::size_t>& of_part : places) {
    EXPECT_GT(of_part.size(), 1'000U);
    EXPECT_TRUE(std::ranges::is_sorted(of_part));
  }
}

TEST_F(FilesInParts, MayBeEmptyOrShorterThanAStripe) {
  EXPECT_THAT(read_all(TextFiles{{folder_.write("a", "")}}.in_parts(), 2), ElementsAre());
  EXPECT_THAT(read_all(TextFiles{{folder_.write("a", "one\ntwo")}}.in_parts(), 2), ElementsAre("one", "two"));
}

TEST_F(FilesInParts, LoseAByteOrderMarkAtTheBeginningAlone) {
  const std::string mark = "\xef\xbb\xbf";
  EXPECT_THAT(read_all(TextFiles{{folder_.write("a", mark + "one\n" + mark + "two\n")}}.in_parts(2, 4)),
              UnorderedElementsAre("one", mark + "two"));
}

TEST_F(FilesInParts, ArePartitionsThatKeepTheirNames) {
  const std::string path = folder_.write("a", "one\n");
  const TextFiles files = TextFiles{{path, "/dev/null"}}.in_parts(3);
  EXPECT_THAT(files.partitions(), ElementsAre(path, path + ", part 2 of 3", path + ", part 3 of 3", "/dev/null"));
}

TEST_F(FilesInParts, AreNotOneStream) {
  EXPECT_THROW(TextFiles{{"a"}}.in_parts().as_one_stream(), BuildError);
  EXPECT_THROW(TextFiles{{"a"}}.as_one_stream().in_parts(), BuildError);
  EXPECT_NO_THROW(TextFiles{{"a"}}.as_one_stream().in_parts(1));
  EXPECT_THROW(TextFiles{{"a"}}.in_parts(0), BuildError);
  EXPECT_THROW(TextFiles{{"a"}}.in_parts(2, 0), BuildError);
}

TEST_F(FilesInParts, NameTheLineOfAnError) {
  std::string content;
  for (int line = 1; line < 1'000; ++line) {
    content += line == 700 ? "bad \xff\n" : std::to_string(line) + "\n";
  }
  const std::string path = folder_.write("a", content);
  EXPECT_THAT(error_of(TextFiles{{path}}.in_parts(5, 100)), HasSubstr(path + ":700:5: the byte 0xff"));
  EXPECT_THAT(error_of(JsonLines{{path}, JsonAsIs<int>{}}.in_parts(5, 100)), HasSubstr(path + ":700:5: the byte 0xff"));
  EXPECT_THAT(
      error_of(
          TextFiles{{folder_.write("b", "\n\n" + std::string(600'000, 'x') + "\n")}}.in_parts(2, 100).max_line_bytes(
              10)),
      HasSubstr("b:3: a line of more than 10 bytes"));
}

TEST_F(FilesInParts, NameTheLinesOfAllBadRecords) {
  std::string content;
  std::vector<std::string> expected;
  for (int line = 1; line < 400; ++line) {
    const bool is_long = line % 50 == 0;
    content += is_long ? std::string(3'000, 'x') + "\n" : line % 7 == 0 ? "bad \xff\n" : "fine\n";
    if (is_long || line % 7 == 0) {
      expected.push_back(std::to_string(line));
    }
  }
  const std::string path = folder_.write("a", content);
  for (const std::size_t workers : testing::kWorkerCounts) {
    Dataflow flow{"flow"};
    testing::Collected<BadRecord> bad;
    testing::Collected<std::string> lines;
    const auto [fine, rejected] = flow.try_input("in", TextFiles{{path}}.in_parts(4, 60).max_line_bytes(2'000));
    fine | op::output("out", lines);
    rejected | op::output("bad", bad);
    RunOptions options;
    options.workers = workers;
    run(flow, options);
    std::vector<std::string> found;
    for (const BadRecord& each : bad.items()) {
      found.push_back(each.error.substr(path.size() + 1, each.error.find(':', path.size() + 1) - path.size() - 1));
    }
    std::vector<std::string> sorted = expected;
    std::ranges::sort(sorted);
    std::ranges::sort(found);
    EXPECT_EQ(found, sorted);
    EXPECT_EQ(lines.items().size() + found.size(), 399U);
  }
}

// Each part follows the file's time, so none holds it back, and nothing is late that would not be so in the whole file.
TEST_F(FilesInParts, GiveTheWindowsOfTheWholeFileAtEveryWorkerCount) {
  struct Event {
    std::int64_t second = 0;
  };
  static constexpr Time kNoon = std::chrono::sys_days{std::chrono::year{2026} / 3 / 2} + 12h;
  std::mt19937_64 random{7};
  std::string content;
  for (std::int64_t n = 0; n < 60'000; ++n) {
    content += std::to_string(n + static_cast<std::int64_t>(random() % 10)) + "\n";
  }
  const std::string path = folder_.write("a", content);
  using Count = std::pair<Time, std::uint64_t>;
  const auto counts = [&](const TextFiles& files, std::size_t workers) {
    Dataflow flow{"flow"};
    testing::Collected<Count> out;
    auto windows =
        flow.input("in", files) |
        op::map("event", [](const std::string& line) { return std::pair{0, Event{std::stoll(line)}}; }) |
        op::count_window(
            "count",
            TumblingWindows{
                EventClock{[](const Event& event) { return kNoon + std::chrono::seconds{event.second}; }, 10s}, 1min});
    windows.down | op::map("row", [](const auto& row) { return Count{row.second.window.start, row.second.value}; }) |
        op::output("out", out);
    RunOptions options;
    options.workers = workers;
    run(flow, options);
    std::vector<Count> rows = out.items();
    std::ranges::sort(rows);
    return rows;
  };
  const std::vector<Count> expected = counts(TextFiles{{path}}, 1);
  EXPECT_EQ(expected.size(), 1'001U);
  for (const std::size_t workers : testing::kWorkerCounts) {
    EXPECT_EQ(counts(TextFiles{{path}}.in_parts(8, 2'000), workers), expected) << workers << " workers";
  }
}

}  // namespace
}  // namespace weir
