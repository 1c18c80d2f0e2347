#include "interleaving/explorer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "interleaving/atomic.hpp"
#include "interleaving/futex.hpp"
#include "interleaving/traced.hpp"

namespace weir::interleaving {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;
constexpr auto kAcqRel = std::memory_order_acq_rel;

using Word = Atomic<std::uint32_t>;

/// What fibers of a litmus test share: two words, an item, and what they read.
struct Shared {
  Word x{0};
  Word y{0};
  Traced item{0};
  std::array<std::uint32_t, 4> read{};
};

using Program = std::function<void(Shared&)>;
using Results = std::set<std::vector<std::uint32_t>>;

class Litmus final : public Scenario {
 public:
  Litmus(const std::vector<Program>& programs, Results& results) : programs_{programs}, results_{results} {}

  std::size_t fibers() const override { return programs_.size(); }
  void run(FiberIndex fiber) override { programs_[fiber](shared_); }
  std::string check() override {
    results_.insert({shared_.read.begin(), shared_.read.end()});
    return {};
  }

 private:
  const std::vector<Program>& programs_;
  Results& results_;
  Shared shared_;
};

/// Runs the programs in every way that there is, beside each other, and keeps what they read.
class ExplorerGivenALitmusTest : public ::testing::Test {
 protected:
  Outcome explore(std::vector<Program> programs, std::size_t preemptions = 100) {
    const auto make = [&] { return std::make_unique<Litmus>(programs, results_); };
    const Outcome outcome = Explorer::exhaustive(make, preemptions, 1'000'000);
    EXPECT_TRUE(outcome.complete || !outcome.failure.empty());
    return outcome;
  }

  /// Whether some execution read these values, in the order of `Shared::read`.
  [[nodiscard]] bool can_read(std::uint32_t first, std::uint32_t second = 0, std::uint32_t third = 0,
                              std::uint32_t fourth = 0) const {
    return results_.contains({first, second, third, fourth});
  }

  Results results_;
};

TEST_F(ExplorerGivenALitmusTest, WhenAMessageIsPassedRelaxedThenItsContentMayBeStale) {
  explore({[](Shared& s) {
             s.x.store(1, kRelaxed);
             s.y.store(1, kRelaxed);
           },
           [](Shared& s) {
             s.read[0] = s.y.load(kRelaxed);
             s.read[1] = s.x.load(kRelaxed);
           }});
  EXPECT_TRUE(can_read(1, 0));
  EXPECT_TRUE(can_read(1, 1));
}

TEST_F(ExplorerGivenALitmusTest, WhenAMessageIsReleasedAndAcquiredThenItsContentIsSeen) {
  explore({[](Shared& s) {
             s.x.store(1, kRelaxed);
             s.y.store(1, kRelease);
           },
           [](Shared& s) {
             s.read[0] = s.y.load(kAcquire);
             s.read[1] = s.x.load(kRelaxed);
           }});
  EXPECT_EQ(results_, (Results{{0, 0, 0, 0}, {0, 1, 0, 0}, {1, 1, 0, 0}}));
}

TEST_F(ExplorerGivenALitmusTest, WhenTwoStoreThenLoadTheOthersWordThenBothMayMissTheStore) {
  explore({[](Shared& s) {
             s.x.store(1, kRelease);
             s.read[0] = s.y.load(kAcquire);
           },
           [](Shared& s) {
             s.y.store(1, kRelease);
             s.read[1] = s.x.load(kAcquire);
           }});
  EXPECT_EQ(results_.size(), 4U);
}

TEST_F(ExplorerGivenALitmusTest, WhenTwoModifyOneWordInBetweenThenOneSeesTheOthersStore) {
  explore({[](Shared& s) {
             s.x.store(1, kRelaxed);
             s.read[0] = s.y.fetch_or(1, kAcqRel);
           },
           [](Shared& s) {
             s.y.fetch_or(2, kAcqRel);
             s.read[1] = s.x.load(kRelaxed);
           }});
  EXPECT_FALSE(can_read(0, 0));
  EXPECT_TRUE(can_read(2, 0));
}

TEST_F(ExplorerGivenALitmusTest, WhenOneLoadsTwiceThenTheSecondIsNotOlder) {
  explore({[](Shared& s) {
             s.x.store(1, kRelaxed);
             s.x.store(2, kRelaxed);
           },
           [](Shared& s) {
             s.read[0] = s.x.load(kRelaxed);
             s.read[1] = s.x.load(kRelaxed);
           }});
  EXPECT_EQ(results_, (Results{{0, 0, 0, 0}, {0, 1, 0, 0}, {0, 2, 0, 0}, {1, 1, 0, 0}, {1, 2, 0, 0}, {2, 2, 0, 0}}));
}

TEST_F(ExplorerGivenALitmusTest, WhenAModificationFollowsAReleaseThenTheReleaseIsHandedOn) {
  explore({[](Shared& s) {
             s.x.store(1, kRelaxed);
             s.y.store(1, kRelease);
           },
           [](Shared& s) { s.y.fetch_or(2, kRelaxed); },
           [](Shared& s) {
             s.read[0] = s.y.load(kAcquire);
             s.read[1] = s.x.load(kRelaxed);
           }});
  EXPECT_TRUE(can_read(3, 1));
  EXPECT_FALSE(can_read(3, 0));
}

TEST_F(ExplorerGivenALitmusTest, WhenAPlainStoreFollowsAReleaseThenTheReleaseIsLost) {
  explore({[](Shared& s) {
             s.x.store(1, kRelaxed);
             s.y.store(1, kRelease);
             s.y.store(2, kRelaxed);
           },
           [](Shared& s) {
             s.read[0] = s.y.load(kAcquire);
             s.read[1] = s.x.load(kRelaxed);
           }});
  EXPECT_TRUE(can_read(2, 0));
  EXPECT_FALSE(can_read(1, 0));
}

TEST_F(ExplorerGivenALitmusTest, WhenTwoExchangeThenOnlyOneGetsTheValue) {
  const Program take = [](Shared& s) {
    const std::uint32_t got = s.x.exchange(7, kRelaxed);
    s.read[0] += got == 0 ? 1 : 0;
  };
  explore({take, take, take});
  EXPECT_EQ(results_, (Results{{1, 0, 0, 0}}));
}

TEST_F(ExplorerGivenALitmusTest, WhenAnItemIsHandedOverRelaxedThenARaceIsFound) {
  const auto hand_over = [](std::memory_order store, std::memory_order load) {
    return std::vector<Program>{[store](Shared& s) {
                                  s.item = Traced{1};
                                  s.x.store(1, store);
                                },
                                [load](Shared& s) {
                                  if (s.x.load(load) == 1) {
                                    s.read[0] = static_cast<std::uint32_t>(s.item.value());
                                  }
                                }};
  };
  EXPECT_EQ(explore(hand_over(kRelease, kAcquire)).failure, "");
  EXPECT_TRUE(can_read(1));
  EXPECT_EQ(explore(hand_over(kRelaxed, kAcquire)).failure.substr(0, 4), "race");
  EXPECT_EQ(explore(hand_over(kRelease, kRelaxed)).failure.substr(0, 4), "race");
}

TEST_F(ExplorerGivenALitmusTest, WhenAnItemIsWrittenAfterItsReleaseThenARaceIsFound) {
  const Outcome outcome = explore({[](Shared& s) {
                                     s.x.store(1, kRelease);
                                     s.item = Traced{1};
                                   },
                                   [](Shared& s) {
                                     if (s.x.load(kAcquire) == 1) {
                                       s.read[0] = static_cast<std::uint32_t>(s.item.value());
                                     }
                                   }});
  EXPECT_EQ(outcome.failure.substr(0, 4), "race");
}

TEST_F(ExplorerGivenALitmusTest, WhenTheWordChangesBeforeTheSleepThenNobodySleeps) {
  const Program sleeper = [](Shared& s) { Futex::wait(s.x, 0, std::nullopt); };
  const Outcome outcome = explore({sleeper, [](Shared& s) {
                                     s.x.exchange(1, kAcqRel);
                                     Futex::wake_one(s.x);
                                   }});
  EXPECT_EQ(outcome.failure, "");
}

TEST_F(ExplorerGivenALitmusTest, WhenTheWakeUpMayComeFirstThenADeadlockIsFound) {
  const Program sleeper = [](Shared& s) { Futex::wait(s.x, 0, std::nullopt); };
  const Outcome outcome = explore({sleeper, [](Shared& s) { Futex::wake_one(s.x); }});
  EXPECT_EQ(outcome.failure.substr(0, 8), "deadlock");
  EXPECT_NE(outcome.failure.find("fiber 0: sleeps on #0"), std::string::npos) << outcome.failure;
}

TEST_F(ExplorerGivenALitmusTest, WhenAFiberNeverEndsThenThatIsFound) {
  const Outcome outcome = explore({[](Shared& s) {
    while (s.x.load(kRelaxed) == 0) {
    }
  }});
  EXPECT_EQ(outcome.failure.substr(0, 6), "no end");
}

TEST_F(ExplorerGivenALitmusTest, WhenPreemptionsAreBoundedThenExecutionsAreTheOnesWithinTheBound) {
  const Program two_steps = [](Shared& s) {
    s.x.fetch_or(1, kAcqRel);
    s.x.fetch_or(1, kAcqRel);
  };
  // Two ways without an interruption. A first step is preceded by a choice too, so one interruption may come before
  // either of the two steps of the fiber that goes first.
  EXPECT_EQ(explore({two_steps, two_steps}, 0).executions, 2U);
  EXPECT_EQ(explore({two_steps, two_steps}, 1).executions, 6U);
}

TEST_F(ExplorerGivenALitmusTest, WhenTheSeedIsTheSameThenTheFailureIsTheSame) {
  const std::vector<Program> programs{[](Shared& s) {
                                        s.x.store(1, kRelaxed);
                                        s.y.store(1, kRelaxed);
                                        Futex::wake_one(s.x);
                                      },
                                      [](Shared& s) {
                                        if (s.y.load(kAcquire) == 1 && s.x.load(kAcquire) == 0) {
                                          Explorer::current().fail("stale");
                                        }
                                      }};
  const auto make = [&] { return std::make_unique<Litmus>(programs, results_); };
  const Outcome first = Explorer::random(make, 1'000, 1);
  const Outcome second = Explorer::random(make, 1'000, 1);
  EXPECT_EQ(first.failure.substr(0, 5), "stale");
  EXPECT_EQ(first.failure, second.failure);
  EXPECT_EQ(first.executions, second.executions);
}

}  // namespace
}  // namespace weir::interleaving
