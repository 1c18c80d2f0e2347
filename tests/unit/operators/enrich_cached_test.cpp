#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "simulation/rng.hpp"
#include "unit/operators/one_step.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;

/// The version of a key's value: how often it was asked for.
using Versions = std::map<int, int>;
using Counters = std::map<std::string, std::uint64_t>;

Time at(std::chrono::nanoseconds time) { return Time{time}; }

class EnrichCached : public ::testing::Test {
 protected:
  /// A step whose items are keys, and that puts out the versions of their values.
  [[nodiscard]] auto step(std::chrono::nanoseconds time_to_live, std::size_t max_entries) {
    return op::enrich_cached(
        "step", [this](int key) { return ++versions_[key]; }, [](int key, auto& version) { return version(key); },
        time_to_live, max_entries);
  }

  Versions versions_;  // of all keys that the getter was called for
};

TEST_F(EnrichCached, AsksAgainForWhatHasBeenThereForLongerThanItMay) {
  OneStep<int, int> enrich{step(10s, 100)};
  enrich.stage.system = at(1'000s);
  enrich.push(7);
  enrich.stage.system = at(1'010s);
  enrich.push(7);
  EXPECT_EQ(enrich.take(), (std::vector<int>{1, 1}));
  enrich.stage.system = at(1'010s + 1ns);
  enrich.push(7);
  EXPECT_EQ(enrich.take(), (std::vector<int>{2}));
  enrich.stage.system = at(1'020s + 1ns);  // counted from when it was got
  enrich.push(7);
  EXPECT_EQ(enrich.take(), (std::vector<int>{2}));
  EXPECT_EQ(enrich.code->counts().others.all(), (Counters{{"hits", 2}, {"misses", 2}}));
}

TEST_F(EnrichCached, NeverAsksAgainIfValuesLastForEver) {
  OneStep<int, int> enrich{step(std::chrono::nanoseconds::max(), 100)};
  enrich.stage.system = at(0s);
  enrich.push(7);
  enrich.stage.system = at(std::chrono::hours{24 * 365 * 200});
  enrich.push(7);
  EXPECT_EQ(enrich.take(), (std::vector<int>{1, 1}));
}

TEST_F(EnrichCached, DropsTheKeyThatWasNotAskedForForLongest) {
  OneStep<int, int> enrich{step(10s, 2)};
  enrich.stage.system = at(1'000s);
  for (const int key : {1, 2, 1, 3, 1, 2}) {  // 3 drives 2 out, and 2 drives 3 out
    enrich.push(key);
  }
  EXPECT_EQ(enrich.take(), (std::vector<int>{1, 1, 1, 1, 1, 2}));
  enrich.push(3);
  EXPECT_EQ(enrich.take(), (std::vector<int>{2}));
}

TEST_F(EnrichCached, KeepsWhatAMapperLookedUpUntilItReturns) {
  const auto sum = [](int count, const CachedLookup<int, std::string>& text) {
    const std::string& first = text(0);
    std::string all = first;
    for (int key = 1; key < count; ++key) {
      all += text(key);
    }
    return all + first;
  };
  OneStep<int, std::string> enrich{
      op::enrich_cached("step", [](int key) { return std::string(40, static_cast<char>('a' + key)); }, sum, 1h, 1)};
  enrich.stage.system = at(1'000s);
  enrich.push(3);
  EXPECT_EQ(enrich.take(), (std::vector<std::string>{std::string(40, 'a') + std::string(40, 'b') +
                                                     std::string(40, 'c') + std::string(40, 'a')}));
  enrich.push(1);
  EXPECT_EQ(enrich.code->counts().others.all(), (Counters{{"hits", 0}, {"misses", 4}}))
      << "only one is kept from item to item";
}

TEST_F(EnrichCached, KeepsNothingOfAKeyWhoseGetterThrows) {
  bool fails = true;
  OneStep<int, int> enrich{op::enrich_cached(
      "step",
      [&](int key) {
        if (fails) {
          throw std::domain_error{"boom"};
        }
        return key + 1;
      },
      [](int key, auto& value) { return value(key); }, 10s, 100)};
  enrich.stage.system = at(1'000s);
  EXPECT_THROW(enrich.push(7), StepError);
  fails = false;
  enrich.push(7);
  fails = true;
  enrich.push(7);
  enrich.stage.system = at(1'011s);
  EXPECT_THROW(enrich.push(7), StepError) << "what is too old is no answer";
  EXPECT_EQ(enrich.take(), (std::vector<int>{8, 8}));
  EXPECT_EQ(enrich.code->counts().others.all(), (Counters{{"hits", 1}, {"misses", 3}}));
}

/// A list of what is known, the key that was asked for last in front.
struct Reference {
  struct Entry {
    int key;
    Time since;
    int version;
  };
  std::chrono::nanoseconds time_to_live;
  std::size_t max_entries;
  std::vector<Entry> entries;
  Versions versions;

  int look_up(int key, Time now) {
    Entry entry{key, now, 0};
    const auto found = std::ranges::find(entries, key, &Entry::key);
    if (found != entries.end()) {
      entry = *found;
      entries.erase(found);
    }
    if (entry.version == 0 || now - entry.since > time_to_live) {
      entry = {key, now, ++versions[key]};
    }
    entries.insert(entries.begin(), entry);
    entries.resize(std::min(entries.size(), max_entries), entry);
    return entry.version;
  }
};

TEST_F(EnrichCached, GivesWhatAListOfAllThatIsKnownGives) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    simulation::Rng rng{seed};
    versions_.clear();
    Reference reference{std::chrono::seconds{rng.between(1, 60)}, rng.between(1, 12), {}, {}};
    OneStep<int, int> enrich{step(reference.time_to_live, reference.max_entries)};
    std::vector<int> expected;
    Time now = at(1'000s);
    for (int n = 0; n < 300; ++n) {
      now += std::chrono::seconds{rng.below(3)};
      enrich.stage.system = now;
      const int key = static_cast<int>(rng.below(20));
      enrich.push(key);
      expected.push_back(reference.look_up(key, now));
    }
    ASSERT_EQ(enrich.take(), expected);
  }
}

}  // namespace
}  // namespace weir
