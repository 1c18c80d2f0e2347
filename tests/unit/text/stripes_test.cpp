#include "text/stripes.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace weir::detail::text {
namespace {

using Lines = std::vector<std::string>;

Lines cut(std::string_view bytes) {
  Lines lines;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
    lines.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(end);
  }
  return lines;
}

/// The bytes of a part's lines, as reads of at most so many bytes find them.
std::string read_part(const std::string& file, Stripes stripes, std::size_t most) {
  std::string found;
  while (stripes.at() < file.size()) {
    const std::string_view bytes = std::string_view{file}.substr(stripes.at(), stripes.enough(most));
    const Stripes::Found some = stripes.take(bytes);
    found += bytes.substr(some.begin, some.size);
    EXPECT_EQ(file.substr(some.offset, some.size), bytes.substr(some.begin, some.size));
  }
  return found;
}

/// The lines that begin in a part's stripes.
Lines expected_of(const std::string& file, const FilePart& part) {
  Lines lines;
  std::uint64_t at = 0;
  for (std::string& line : cut(file)) {
    const std::uint64_t begin = at;
    at += line.size();
    if (part.has(begin)) {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

std::string random_file(std::mt19937_64& random) {
  const std::size_t longest = std::size_t{1} << (random() % 8);
  std::string file;
  for (std::size_t lines = random() % 60; lines > 0; --lines) {
    file += std::string(random() % longest, 'x') + std::to_string(lines) + (random() % 8 == 0 ? "\r\n" : "\n");
    file += random() % 8 == 0 ? "\n" : "";
  }
  return file + (random() % 2 == 0 ? "" : "rest");
}

TEST(StripesOfAFile, WhenLinesAndStripesHaveAnyLengthThenEachPartFindsTheLinesThatBeginInIt) {
  for (std::uint64_t seed = 0; seed < 4'000; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random{seed};
    const std::string file = random_file(random);
    const std::uint64_t count = 2 + random() % 5;
    const std::uint64_t stripe_bytes = 1 + random() % (std::uint64_t{1} << (random() % 9));
    const std::size_t most = 1 + random() % 200;
    for (std::uint64_t index = 0; index < count; ++index) {
      const FilePart part{index, count, stripe_bytes};
      ASSERT_EQ(cut(read_part(file, Stripes{part, 0, false}, most)), expected_of(file, part)) << "part " << index;
    }
  }
}

TEST(StripesOfAFile, WhenReadingBeginsAfterAnyLineThenTheRestIsFound) {
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random{seed};
    const std::string file = random_file(random);
    const FilePart part{random() % 3, 3, 1 + random() % 40};
    const Lines all = cut(file);
    std::uint64_t begin = 0;
    for (std::size_t line = 0, before = all.empty() ? 0 : random() % all.size(); line < before; ++line) {
      begin += all[line].size();
    }
    Lines expected;
    std::uint64_t at = 0;
    for (const std::string& line : all) {
      if (at >= begin && part.has(at)) {
        expected.push_back(line);
      }
      at += line.size();
    }
    ASSERT_EQ(cut(read_part(file, Stripes{part, begin, false}, 64)), expected);
  }
}

TEST(StripesOfAFile, WhenALineWasReadInPartThenItsRestComesFirst) {
  const std::string file = "aaaa\nbb\nc\ndd\n";
  EXPECT_EQ(read_part(file, Stripes{{1, 2, 4}, 2, true}, 64), "aa\nbb\n");
  EXPECT_EQ(read_part(file, Stripes{{0, 2, 4}, 2, true}, 64), "aa\nc\ndd\n");
}

TEST(StripesOfAFile, CountTheirBytes) {
  for (std::uint64_t stripe_bytes : {1U, 3U, 10U}) {
    for (std::uint64_t first = 0; first < 100; ++first) {
      std::uint64_t sum = 0;
      for (std::uint64_t index = 0; index < 4; ++index) {
        const FilePart part{index, 4, stripe_bytes};
        std::uint64_t within = 0;
        for (std::uint64_t at = 0; at < first; ++at) {
          within += part.has(at) ? 1 : 0;
        }
        EXPECT_EQ(part.bytes_within(first), within);
        sum += within;
      }
      EXPECT_EQ(sum, first);
    }
  }
}

}  // namespace
}  // namespace weir::detail::text
