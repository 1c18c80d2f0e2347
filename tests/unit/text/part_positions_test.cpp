#include "text/part_positions.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "temporary_folder.hpp"
#include "weir/errors.hpp"

namespace weir::detail::text {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr FilePart kHalves{0, 2, 8};

/// A file of lines at 0, 5, 10, 14, and 24, where it ends.
class PositionsOfParts : public ::testing::Test {
 protected:
  PositionsOfParts() : log_{std::filesystem::canonical(folder_.write("a", "aaaa\nbbbb\nccc\nlong-line\n")).string()} {}

  [[nodiscard]] LinePosition position(std::uint64_t offset) const {
    LinePosition position;
    position.log = log_;
    position.offset = offset;
    position.file = KnownFile::of(log_).value();
    return position;
  }

  void keep(FilePart layout, const std::vector<std::uint64_t>& offsets) {
    for (const std::uint64_t offset : offsets) {
      positions_[name_of_part(log_, layout)] = PartPlace{layout, false, position(offset)}.to_bytes();
      ++layout.index;
    }
  }

  [[nodiscard]] std::map<std::string, std::string> now(const std::string& log, std::optional<FilePart> part) const {
    std::map<std::string, std::string> positions = positions_;
    const PartPositions of_parts{positions};
    of_parts.add_to(positions, {{log, part}});
    return positions;
  }

  /// The position in the whole file, or why there is none.
  [[nodiscard]] std::string whole() const {
    try {
      const LinePosition position = LinePosition::from_bytes(now(log_, std::nullopt).at(log_));
      return "byte " + std::to_string(position.offset) + ", after line " + std::to_string(position.number);
    } catch (const RecoveryError& error) {
      return error.what();
    }
  }

  TemporaryFolder folder_;
  std::string log_;
  std::map<std::string, std::string> positions_;
};

TEST_F(PositionsOfParts, WhenTheFileIsDividedAsBeforeThenTheyAreKept) {
  keep(kHalves, {5, 14});
  EXPECT_EQ(now(log_, kHalves), positions_);
}

TEST_F(PositionsOfParts, WhenAllLinesBeforeThatOfTheFurthestAreReadThenTheyAreOne) {
  keep(kHalves, {10, 14});
  EXPECT_EQ(whole(), "byte 14, after line 3");
  keep(kHalves, {24, 24});
  EXPECT_EQ(whole(), "byte 24, after line 4");
  keep(kHalves, {10, 24});
  EXPECT_EQ(whole(), "byte 24, after line 4");
  keep(kHalves, {0, 0});
  EXPECT_EQ(whole(), "byte 0, after line 0");
}

TEST_F(PositionsOfParts, WhenAnotherPartHasUnreadLinesBeforeThenTheyAreNotOne) {
  for (const std::vector<std::uint64_t>& offsets :
       std::vector<std::vector<std::uint64_t>>{{0, 14}, {5, 14}, {10, 10}}) {
    keep(kHalves, offsets);
    EXPECT_THAT(whole(), offsets.back() == 10 ? HasSubstr("byte 10, after line 2")
                                              : HasSubstr("was read in 2 parts of 8 bytes in turn, some further than "
                                                          "others, and is to be read whole now"));
  }
}

TEST_F(PositionsOfParts, WhenTheFileIsDividedInAnotherWayThenEachPartHasThePlaceOfAll) {
  keep(kHalves, {10, 14});
  const FilePart thirds{0, 3, 5};
  const auto positions = now(log_, thirds);
  for (FilePart part = thirds; part.index < 3; ++part.index) {
    const auto place = PartPlace::from_bytes(positions.at(name_of_part(log_, part)));
    ASSERT_TRUE(place);
    EXPECT_EQ(place->part, part);
    EXPECT_EQ(place->position.offset, 14U);
  }
}

TEST_F(PositionsOfParts, WhenTheFileWasReadWholeThenEachPartHasItsPlace) {
  positions_[log_] = position(10).to_bytes();
  const auto positions = now(log_, kHalves);
  EXPECT_EQ(positions.size(), 2U);
  EXPECT_EQ(LinePosition::from_bytes(positions.at(log_ + ", part 2 of 2")).offset, 10U);
}

TEST_F(PositionsOfParts, WhenTheFileWasDividedInAnotherWaySinceThenOldOnesAreDropped) {
  keep(kHalves, {0, 24});
  positions_[log_] = position(14).to_bytes();
  EXPECT_EQ(whole(), "byte 14, after line 0");
  EXPECT_EQ(LinePosition::from_bytes(now(log_, kHalves).at(log_ + ", part 2 of 2")).offset, 14U);
}

TEST_F(PositionsOfParts, WhenTheFileWasRenamedThenTheyHaveItsName) {
  keep(kHalves, {5, 14});
  const std::string other = log_ + ".other";
  std::filesystem::rename(log_, other);
  const auto positions = now(other, kHalves);
  EXPECT_EQ(positions.size(), 2U);
  EXPECT_TRUE(positions.contains(other + ", part 2 of 2"));
}

TEST_F(PositionsOfParts, WhenTheFileIsGoneThenItsNameStays) {
  keep(kHalves, {5, 14});
  std::filesystem::remove(log_);
  const auto positions = now("another", kHalves);
  EXPECT_EQ(positions.size(), 1U);
  EXPECT_TRUE(positions.contains(log_));
}

TEST_F(PositionsOfParts, WhenTheFileIsAnotherOneThenTheyAreNotOne) {
  keep(kHalves, {24, 24});
  folder_.write("a", "other\n");
  EXPECT_THAT(whole(), HasSubstr("is to be read whole now"));
}

}  // namespace
}  // namespace weir::detail::text
