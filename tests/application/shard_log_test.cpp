#include "application/shard_log.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/errors.hpp"
#include "weir/serialize.hpp"

namespace weir::detail::application {
namespace {

using ::testing::HasSubstr;

using Records = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// A log of one step, whose keys have numbers.
class GivenALog : public ::testing::Test {
 protected:
  WriteRecord writer() {
    return [this](const std::string& key, std::optional<std::string_view> value) {
      records_.emplace_back(key, value ? std::optional{std::string{*value}} : std::nullopt);
    };
  }

  void change(const std::map<std::string, std::optional<int>>& states) {
    snapshot::StateChanges changes;
    for (const auto& [key, state] : states) {
      changes.add(key_hash(key), key, state ? &*state : nullptr);
    }
    write_delta(++tip_.delta, {{"count", changes.bytes()}}, 16, writer());
    write_tip(tip_, writer());
  }

  static ShardLog read(const Records& records) {
    ShardLog log{"app-state/1"};
    for (const auto& [key, value] : records) {
      log.take(key, value);
    }
    log.finish();
    return log;
  }

  static std::map<std::string, int> states(ShardLog log) {
    std::map<std::string, int> all;
    for (const auto& [key, state] : log.states()["count"]) {
      all[from_bytes<std::string>(key)] = from_bytes<int>(state.bytes);
    }
    return all;
  }

  // What is left once Kafka has compacted the topic.
  static Records compacted(const Records& records) {
    Records left;
    for (std::size_t i = 0; i < records.size(); ++i) {
      const bool newest = std::none_of(records.begin() + static_cast<std::ptrdiff_t>(i) + 1, records.end(),
                                       [&](const auto& later) { return later.first == records[i].first; });
      if (newest && records[i].second) {
        left.push_back(records[i]);
      }
    }
    return left;
  }

  static std::string refusal(const Records& records) {
    try {
      read(records);
    } catch (const RecoveryError& error) {
      EXPECT_EQ(error.kind(), RecoveryError::Kind::kRefused);
      return error.what();
    }
    return {};
  }

  Tip tip_;
  Records records_;
};

using States = std::map<std::string, int>;

TEST_F(GivenALog, WhenKeysChangedAndEndedThenItHasTheNewestStates) {
  change({{"ann", 1}, {"bob", 2}});
  change({{"ann", 3}, {"bob", std::nullopt}, {"eve", 4}});
  EXPECT_EQ(states(read(records_)), (States{{"ann", 3}, {"eve", 4}}));
}

TEST_F(GivenALog, WhenItIsFoldedThenTheBaseReplacesTheDeltas) {
  change({{"ann", 1}, {"bob", 2}});
  change({{"bob", std::nullopt}});
  read(records_).write_base(16, writer());
  change({{"eve", 4}});
  EXPECT_EQ(states(read(records_)), (States{{"ann", 1}, {"eve", 4}}));
  EXPECT_EQ(states(read(compacted(records_))), (States{{"ann", 1}, {"eve", 4}}));
}

TEST_F(GivenALog, WhenItIsFoldedTwiceThenNothingOfTheFirstBaseIsLeft) {
  change({{"a long key that takes several chunks", 1}, {"another one that is just as long", 2}});
  read(records_).write_base(16, writer());
  change({{"a long key that takes several chunks", std::nullopt}, {"another one that is just as long", std::nullopt}});
  change({{"eve", 4}});
  read(records_).write_base(16, writer());
  EXPECT_EQ(states(read(records_)), (States{{"eve", 4}}));
  EXPECT_EQ(states(read(compacted(records_))), (States{{"eve", 4}}));
}

TEST_F(GivenALog, WhenADeltaIsMissingThenItIsRefused) {
  change({{"ann", 1}});
  change({{"bob", 2}});
  change({{"eve", 4}});
  for (const std::string gone : {"d/1/", "d/2/", "d/3/"}) {
    Records records = records_;
    std::erase_if(records, [&](const auto& record) { return record.first.starts_with(gone); });
    EXPECT_THAT(refusal(records), HasSubstr("app-state/1 has")) << gone;
  }
}

TEST_F(GivenALog, WhenOneRecordIsMissingThenItIsRefused) {
  change({{"ann", 1}, {"a long key that takes several chunks", 2}});
  read(records_).write_base(16, writer());
  change({{"eve", 4}});
  const Records all = compacted(records_);
  for (std::size_t i = 0; i < all.size(); ++i) {
    Records records = all;
    records.erase(records.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_NE(refusal(records), "") << all[i].first;
  }
}

TEST_F(GivenALog, WhenAnyByteIsAnotherThenItIsRefused) {
  change({{"ann", 1}, {"bob", 2}});
  read(records_).write_base(1'000, writer());
  write_head({.shards = 2, .flow = "counts", .steps = {}}, writer());
  for (std::size_t i = 0; i < records_.size(); ++i) {
    for (std::size_t byte = 0; records_[i].second && byte < records_[i].second->size(); ++byte) {
      Records records = records_;
      (*records[i].second)[byte] ^= 1;
      EXPECT_NE(refusal(records), "") << records[i].first << ", byte " << byte;
    }
  }
}

}  // namespace
}  // namespace weir::detail::application
