#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dataflow/every_worker_count.hpp"
#include "simulation/rng.hpp"
#include "simulation/seeds.hpp"
#include "weir/testing_recovery.hpp"

namespace weir {
namespace {

constexpr std::uint64_t kSeeds = 1'000;

struct Sale {
  int cents = 0;
  int number = 0;  // no two are the same
  auto operator<=>(const Sale&) const = default;
};

using Sales = std::vector<std::vector<std::pair<int, Sale>>>;  // of shops, in partitions

/// Sales in no order, often of equal sums: of one shop, of few shops, or most of one of many; sometimes none at all.
/// @param apart  each shop's are in one partition, so that the order in which they come is known
Sales random_sales(std::uint64_t seed, bool apart) {
  simulation::Rng random{seed};
  Sales sales(random.between(1, 4));
  const std::uint64_t count = random.percent(5) ? 0 : random.between(1, 200);
  const std::uint64_t shops = random.percent(20) ? 1 : random.between(2, 30);
  const std::uint64_t skew = random.percent(50) ? 80 : 0;
  const std::uint64_t sums = random.between(1, 60);
  for (std::uint64_t n = 0; n < count; ++n) {
    const std::uint64_t shop = random.percent(skew) ? 0 : random.below(shops);
    const std::uint64_t partition = (apart ? shop : random.next()) % sales.size();
    sales[partition].emplace_back(static_cast<int>(shop),
                                  Sale{static_cast<int>(random.below(sums)), static_cast<int>(n)});
  }
  return sales;
}

/// Each key's values in the order in which they came.
template <typename V>
std::map<int, std::vector<V>> by_key(const std::vector<std::pair<int, V>>& items) {
  std::map<int, std::vector<V>> values;
  for (const auto& [key, value] : items) {
    values[key].push_back(value);
  }
  return values;
}

template <typename V>
std::map<int, std::vector<V>> by_key(const std::vector<std::vector<std::pair<int, V>>>& partitions) {
  std::map<int, std::vector<V>> values;
  for (const auto& items : partitions) {
    for (const auto& [key, value] : items) {
      values[key].push_back(value);
    }
  }
  return values;
}

/// Calls `check(sales, run)` for random sales; `run(steps)` runs steps over them, at all worker counts in turn.
template <typename Check>
void for_random_sales(bool apart, Check check) {
  for (const std::uint64_t seed : simulation::seeds(kSeeds)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Sales sales = random_sales(seed, apart);
    check(sales, [&](auto steps) {
      const std::size_t workers = testing::kWorkerCounts[seed % testing::kWorkerCounts.size()];
      const ExchangeMode mode = seed / 5 % 2 == 0 ? ExchangeMode::kCereal : ExchangeMode::kMove;
      return testing::run_over(sales, steps, workers, mode);
    });
  }
}

/// The first of the sales, sorted, as a loop would do it.
std::vector<Sale> greatest(std::vector<Sale> sales, std::size_t n) {
  std::ranges::stable_sort(sales, std::greater<>{}, &Sale::cents);
  sales.resize(std::min(n, sales.size()));
  return sales;
}

TEST(TopN, EmitsAKeysGreatestValuesEachTimeTheyChange) {
  for_random_sales(true, [n = std::size_t{1}](const Sales& sales, auto run) mutable {
    std::map<int, std::vector<std::vector<Sale>>> expected;
    for (const auto& [shop, all] : by_key(sales)) {
      for (auto upto = all.begin(); upto != all.end();) {
        const std::vector<Sale> now = greatest({all.begin(), ++upto}, n);
        if (auto& emitted = expected[shop]; emitted.empty() || emitted.back() != now) {
          emitted.push_back(now);
        }
      }
    }
    EXPECT_EQ(by_key(run([n](auto in) { return in | op::top_n("top", n, &Sale::cents); })), expected);
    n = n % 7 + 1;
  });
}

TEST(TopN, EndsWithTheGreatestValuesOfAllPartitions) {
  for_random_sales(false, [](const Sales& sales, auto run) {
    const auto emitted = by_key(run([](auto in) { return in | op::top_n("top", 4, &Sale::cents); }));
    const auto all = by_key(sales);
    EXPECT_EQ(emitted.size(), all.size());
    for (const auto& [shop, changes] : emitted) {
      const auto cents = [](std::vector<Sale> some) {
        std::vector<int> of;
        std::ranges::transform(some, std::back_inserter(of), &Sale::cents);
        return of;
      };
      EXPECT_EQ(cents(changes.back()), cents(greatest(all.at(shop), 4)));
    }
  });
}

TEST(TopN, ComparesValuesThemselvesWhereNothingElseIsSaid) {
  using Words = std::pair<std::string, std::vector<std::string>>;
  expect_everywhere(
      std::vector<std::vector<std::pair<std::string, std::string>>>{
          {{"k", "b"}, {"k", "a"}, {"j", "z"}, {"k", "c"}, {"k", "a"}, {"k", "b"}}},
      [](auto in) { return in | op::top_n("top", 2); },
      std::vector<Words>{{"j", {"z"}}, {"k", {"b"}}, {"k", {"b", "a"}}, {"k", {"c", "b"}}});
}

TEST(TopN, OfNoneIsNoDataflow) {
  EXPECT_THROW(static_cast<void>(op::top_n("top", 0)), BuildError);
  try {
    static_cast<void>(op::top_n_final("best", 0));
    FAIL() << "it was built";
  } catch (const BuildError& error) {
    EXPECT_STREQ(error.what(), "step \"best\": the 0 greatest values are none; n must be at least 1");
  }
}

TEST(TopNFinal, GivesTheGreatestValuesOfEachKeyAndOfEqualOnesThoseThatCameFirst) {
  for_random_sales(true, [n = std::size_t{1}](const Sales& sales, auto run) mutable {
    std::map<int, std::vector<std::vector<Sale>>> expected;
    for (const auto& [shop, all] : by_key(sales)) {
      expected[shop].push_back(greatest(all, n));
    }
    EXPECT_EQ(by_key(run([n](auto in) { return in | op::top_n_final("top", n, &Sale::cents); })), expected);
    EXPECT_EQ(by_key(run([n](auto in) { return in | op::top_n_final("top", n, &Sale::cents).combined(); })), expected);
    n = n % 7 + 1;
  });
}

TEST(TopNFinal, GivesTheGreatestValuesOfAllPartitions) {
  for_random_sales(false, [](const Sales& sales, auto run) {
    std::map<int, std::vector<std::vector<Sale>>> expected;
    for (auto [shop, all] : by_key(sales)) {
      std::ranges::sort(all, std::greater<>{});
      all.resize(std::min<std::size_t>(all.size(), 3));
      expected[shop].push_back(all);
    }
    EXPECT_EQ(by_key(run([](auto in) { return in | op::top_n_final("top", 3); })), expected);
    EXPECT_EQ(by_key(run([](auto in) { return in | op::top_n_final("top", 3).combined(); })), expected);
  });
}

TEST(TopNFinal, TakesLogicThatEachWorkerMakes) {
  const auto least = per_worker([](WorkerContext) { return [](int n) { return -n; }; });
  expect_everywhere(
      numbers(100),
      [&](auto in) { return in | op::key_on("all", [](int) { return 'a'; }) | op::top_n_final("least", 2, least); },
      std::vector<std::pair<char, std::vector<int>>>{{'a', {0, 1}}});
}

TEST(TheAggregatorTopN, KeepsItsOwnOfEqualValuesInAMerge) {
  const agg::TopN<int Sale::*> largest{3, &Sale::cents};
  std::vector<Sale> own = largest.first(Sale{5, 1});
  EXPECT_TRUE(largest.add(own, Sale{3, 2}));
  largest.merge(own, {{5, 3}, {4, 4}, {3, 5}});
  EXPECT_EQ(own, (std::vector<Sale>{{5, 1}, {5, 3}, {4, 4}}));
  EXPECT_FALSE(largest.add(own, Sale{4, 6}));
  EXPECT_EQ(largest.result(own), own);
  std::vector<Sale> all;
  std::vector<Sale> theirs;
  for (int n = 0; n < 100; ++n) {
    (n < 50 ? all : theirs).push_back({1, n});
  }
  agg::TopN{100, &Sale::cents}.merge(all, theirs);
  EXPECT_TRUE(std::ranges::is_sorted(all, {}, &Sale::number));
  EXPECT_EQ((agg::TopN{0}.first(7)), std::vector<int>{});
  EXPECT_EQ((agg::TopN{2}.first(7)), std::vector<int>{7});
}

TEST(Distinct, LetsTheFirstOfEqualValuesOfAKeyThrough) {
  for_random_sales(true, [](const Sales& sales, auto run) {
    std::map<int, std::vector<Sale>> expected;
    for (const auto& [shop, all] : by_key(sales)) {
      std::set<int> seen;
      for (const Sale& sale : all) {
        if (seen.insert(sale.cents).second) {
          expected[shop].push_back(sale);
        }
      }
    }
    EXPECT_EQ(by_key(run([](auto in) { return in | op::distinct("sums", &Sale::cents); })), expected);
  });
}

TEST(Distinct, LetsEachValueOfAKeyThroughOnceFromWhereverItComes) {
  for_random_sales(false, [](const Sales& sales, auto run) {
    std::set<std::pair<int, int>> expected;
    for (const auto& [shop, all] : by_key(sales)) {
      for (const Sale& sale : all) {
        expected.emplace(shop, sale.cents);
      }
    }
    auto out = run([](auto in) {
      return in | op::map_value("sum", [](const Sale& sale) { return sale.cents; }) | op::distinct("sums");
    });
    std::ranges::sort(out);
    EXPECT_EQ(out, (std::vector<std::pair<int, int>>{expected.begin(), expected.end()}));
  });
}

TEST(Distinct, ComparesTextsAndPairs) {
  using Visit = std::pair<std::string, std::pair<std::string, int>>;
  expect_everywhere(
      std::vector<std::vector<Visit>>{
          {{"ann", {"a", 1}}, {"bob", {"a", 1}}, {"ann", {"a", 2}}, {"ann", {"a", 1}}, {"bob", {"a", 1}}}},
      [](auto in) { return in | op::distinct("pages"); },
      std::vector<Visit>{{"ann", {"a", 1}}, {"ann", {"a", 2}}, {"bob", {"a", 1}}});
}

/// The sales as items without a key; their sum is their id.
std::vector<std::vector<Sale>> unkeyed(const Sales& sales) {
  std::vector<std::vector<Sale>> partitions;
  for (const auto& items : sales) {
    auto& partition = partitions.emplace_back();
    std::ranges::transform(items, std::back_inserter(partition), [](const auto& item) { return item.second; });
  }
  return partitions;
}

/// Of each partition the first sales of each sum, or the last ones.
std::map<int, std::set<Sale>> candidates(const Sales& sales, Keep keep) {
  std::map<int, std::set<Sale>> of_sum;
  for (const auto& partition : unkeyed(sales)) {
    std::map<int, Sale> chosen;
    for (const Sale& sale : partition) {
      keep == Keep::kFirst ? static_cast<void>(chosen.try_emplace(sale.cents, sale))
                           : static_cast<void>(chosen.insert_or_assign(sale.cents, sale));
    }
    for (const auto& [cents, sale] : chosen) {
      of_sum[cents].insert(sale);
    }
  }
  return of_sum;
}

class DeduplicateThatKeeps : public ::testing::TestWithParam<Keep> {};

TEST_P(DeduplicateThatKeeps, LetsOneItemOfEachIdThroughThatCameFirstOrLastInItsPartition) {
  for_random_sales(false, [](const Sales& sales, auto run) {
    const auto expected = candidates(sales, GetParam());
    const auto out =
        run([](auto in) { return in | op::key_rm("sale") | op::deduplicate("once", &Sale::cents, GetParam()); });
    std::set<int> sums;
    for (const Sale& sale : out) {
      EXPECT_TRUE(sums.insert(sale.cents).second) << sale.cents << " came twice";
      EXPECT_TRUE(expected.at(sale.cents).contains(sale)) << sale.number;
    }
    EXPECT_EQ(sums.size(), expected.size());
  });
}

TEST_P(DeduplicateThatKeeps, KnowsWhichItemOfOnePartitionThatIs) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Sales sales(1);
    for (auto& partition : random_sales(seed, false)) {
      sales[0].insert(sales[0].end(), partition.begin(), partition.end());
    }
    std::vector<Sale> expected;
    for (const auto& [cents, one] : candidates(sales, GetParam())) {
      expected.insert(expected.end(), one.begin(), one.end());
    }
    expect_everywhere(
        unkeyed(sales), [](auto in) { return in | op::deduplicate("once", &Sale::cents, GetParam()); }, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(EachOfThem, DeduplicateThatKeeps, ::testing::Values(Keep::kFirst, Keep::kLast));

/// A number that cannot be copied.
struct Ticket {
  Ticket() = default;
  explicit Ticket(int n) : number{n} {}
  Ticket(Ticket&&) = default;
  Ticket& operator=(Ticket&&) = default;
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket() = default;

  template <typename Archive>
  void serialize(Archive& archive) {
    archive(number);
  }

  int number = 0;
};

TEST(KeyedOperators, TakeValuesThatCannotBeCopied) {
  const auto tens = [](const Ticket& ticket) { return ticket.number / 10; };
  const auto ticket = [](int n) { return Ticket{n}; };
  const auto number = [](const Ticket& made) { return made.number; };
  expect_everywhere(
      numbers(40, 1),
      [&](auto in) { return in | op::map("make", ticket) | op::deduplicate("once", tens) | op::map("show", number); },
      std::vector<int>{0, 10, 20, 30});
  expect_everywhere(
      numbers(40, 1),
      [&](auto in) {
        return in | op::map("make", ticket) | op::deduplicate("once", tens, Keep::kLast) | op::map("show", number);
      },
      std::vector<int>{9, 19, 29, 39});
  expect_everywhere(
      numbers(40, 1),
      [&](auto in) {
        return in | op::map("make", ticket) | op::key_on("parity", [](const Ticket& t) { return t.number % 2; }) |
               op::distinct("tens", tens) | op::key_rm("ticket") | op::map("show", number);
      },
      std::vector<int>{0, 1, 10, 11, 20, 21, 30, 31});
}

TEST(KeyedOperators, NameTheirStepsAfterTheOneThatTheyAre) {
  Dataflow flow{"flow"};
  const auto sales = flow.input("in", testing::Scripted<Sale>{{}});
  sales | op::deduplicate("once", &Sale::cents) | op::output("out", testing::Collected<Sale>{});
  std::vector<std::string> ids;
  for (const auto& step : run(flow).steps) {
    ids.push_back(step.step_id);
  }
  EXPECT_EQ(ids, (std::vector<std::string>{"in", "once.key", "once", "once.item", "out"}));
  EXPECT_THROW(sales | op::deduplicate("once", &Sale::cents), BuildError);
}

/// Expects that runs that are aborted and gone on with give what a run gives that nobody disturbs.
template <typename T, typename Steps>
void expect_recovers(const std::vector<std::vector<T>>& partitions, Steps steps) {
  auto undisturbed = testing::run_over(partitions, steps, 2);
  auto aborted = testing::run_over_aborted(partitions, steps, {.at = {1, 60, 45, 7, 100}});
  std::ranges::sort(undisturbed);
  std::ranges::sort(aborted);
  EXPECT_EQ(aborted, undisturbed);
}

TEST(KeyedOperators, GoOnWhereAnAbortedRunWas) {
  Sales sales(3);  // a shop's and a sum's sales are in one partition
  simulation::Rng random{1};
  for (int n = 0; n < 400; ++n) {
    const auto partition = static_cast<std::size_t>(n % 3);
    sales[partition].emplace_back(static_cast<int>(partition + 3 * random.below(4)),
                                  Sale{static_cast<int>(partition + 3 * random.below(20)), n});
  }
  expect_recovers(sales, [](auto in) { return in | op::top_n("top", 3, &Sale::cents); });
  expect_recovers(sales, [](auto in) { return in | op::top_n_final("top", 3, &Sale::cents); });
  expect_recovers(sales, [](auto in) { return in | op::distinct("sums", &Sale::cents); });
  expect_recovers(unkeyed(sales), [](auto in) { return in | op::deduplicate("once", &Sale::cents); });
  expect_recovers(unkeyed(sales), [](auto in) { return in | op::deduplicate("last", &Sale::cents, Keep::kLast); });
}

}  // namespace
}  // namespace weir
