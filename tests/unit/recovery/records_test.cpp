#include "recovery/records.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "simulation/rng.hpp"
#include "weir/decode_error.hpp"

namespace weir::detail::recovery {
namespace {

std::string records_of(const std::vector<std::pair<std::string, const char*>>& changes) {
  snapshot::StateChanges made;
  for (const auto& [key, state] : changes) {
    const std::string text = state != nullptr ? state : "";
    made.add(key_hash(key), key, state != nullptr ? &text : nullptr);
  }
  return std::string{made.bytes()};
}

std::vector<RawRecord> live_everywhere(const SlicedRecords& records) {
  std::vector<RawRecord> live;
  for (std::size_t slice = 0; slice < kSlices; ++slice) {
    for (const RawRecord& record : records.live(slice, {})) {
      EXPECT_EQ(slice_of(record.record.group), slice);
      live.push_back(record);
    }
  }
  return live;
}

TEST(SlicedRecords, KeepTheLastOfEachKeyAndNoneOfKeysThatEnded) {
  const std::string first = records_of({{"ann", "1"}, {"bob", "1"}, {"cid", "1"}});
  const std::string second = records_of({{"ann", "2"}, {"bob", nullptr}, {"dot", nullptr}});
  SlicedRecords records;
  records.add(first);
  records.add(second);
  std::vector<std::string> states;
  for (const RawRecord& record : live_everywhere(records)) {
    states.push_back(std::string{*record.record.state}.substr(4));
  }
  std::ranges::sort(states);
  EXPECT_EQ(states, (std::vector<std::string>{"1", "2"}));
}

TEST(SlicedRecords, SupersedeTheBase) {
  const std::string base = records_of({{"ann", "1"}});
  const std::string change = records_of({{"ann", "2"}});
  SlicedRecords records;
  records.add(change);
  std::string_view rest = base;
  const std::size_t slice = slice_of(take_record(rest).record.group);
  const std::vector<RawRecord> live = records.live(slice, base);
  ASSERT_EQ(live.size(), 1U);
  EXPECT_EQ(live[0].bytes, change);
}

TEST(Records, ThatAreCutOffOrChangedAreRefusedOrRead) {
  const std::string good = records_of({{"ann", "1"}, {"bob", nullptr}, {"a longer key than those", "some state"}});
  for (std::size_t size = 0; size < good.size(); ++size) {
    SlicedRecords records;
    try {
      records.add(std::string_view{good}.substr(0, size));
    } catch (const DecodeError&) {
      continue;
    }
  }
  simulation::Rng rng{5};
  for (int flip = 0; flip < 10'000; ++flip) {
    std::string bad = good;
    const std::uint64_t at = rng.below(bad.size());
    bad[at] = static_cast<char>(rng.next());
    SlicedRecords records;
    try {
      records.add(bad);
    } catch (const DecodeError&) {
      continue;
    }
  }
}

}  // namespace
}  // namespace weir::detail::recovery
