#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "coordinator/run_access.hpp"
#include "simulation/driver.hpp"
#include "simulation/random_run.hpp"
#include "simulation/seeds.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kSeconds = 200;

/// What the two partitions of `TwoRoads` share.
struct Roads {
  Poll while_closed;  ///< the second one's answer until the first is read
  std::uint64_t first_read = 0;
};

/// Two partitions of seconds. The second gives its first one, cannot be reached until the other is read to its end, and
/// gives the rest then.
class TwoRoads {
 public:
  using Item = std::pair<int, std::uint64_t>;

  explicit TwoRoads(Roads& roads) : roads_{&roads} {}

  [[nodiscard]] std::vector<std::string> partitions() const { return {"open", "closed"}; }

  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::string& name,
                                                            const std::optional<std::string>& /*position*/,
                                                            const OpenContext& /*context*/) const {
    return std::make_unique<Partition>(*roads_, name == "closed");
  }

 private:
  class Partition final : public SourcePartition<Item> {
   public:
    Partition(Roads& roads, bool closed) : roads_{&roads}, closed_{closed} {}

    Poll poll(Emit<Item>& emit) override {
      if (closed_ && next_ > 0 && roads_->first_read < kSeconds) {
        return roads_->while_closed;
      }
      emit({closed_ ? 1 : 0, next_++});
      roads_->first_read = closed_ ? roads_->first_read : next_;
      return next_ < kSeconds ? Poll::more() : Poll::end();
    }

    [[nodiscard]] std::string position() const override { return std::to_string(next_); }

   private:
    Roads* roads_;
    bool closed_;
    std::uint64_t next_ = 0;
  };

  Roads* roads_;
};

/// How many of the seconds are late where silent partitions are left out.
std::uint64_t late(Poll while_closed, std::size_t workers, std::uint64_t seed) {
  Rng rng{seed};
  RunShape shape = random_shape(rng);
  shape.workers = WorkerCount{static_cast<std::uint32_t>(workers)};
  shape.lead = 10 * kSeconds;  // or the open road waits for the closed one
  Roads roads{.while_closed = while_closed};
  const testing::Collected<TwoRoads::Item> in_order;
  const testing::Collected<TwoRoads::Item> too_late;
  Dataflow flow{"roads"};
  const auto second_of = [](std::uint64_t second) { return std::chrono::sys_seconds{std::chrono::seconds{second}}; };
  auto ordered = flow.input("in", TwoRoads{roads}) | op::in_time_order("order", EventClock{second_of, 0ns, 100us});
  ordered.down | op::output("in_order", in_order);
  ordered.late | op::output("late", too_late);
  Driver driver{RunAccess::graph(flow), rng, shape, {.starved_percent = 1}};
  EXPECT_EQ(driver.run(), Driver::End::kDone);
  EXPECT_EQ(in_order.items().size() + too_late.items().size(), 2 * kSeconds);
  return too_late.items().size();
}

TEST(PartitionsThatCannotBeReached, AreNotLeftOutOfEventTimeAsSilentOnesAre) {
  for (const std::uint64_t seed : seeds(20)) {
    for (const std::size_t workers : testing::kWorkerCounts) {
      SCOPED_TRACE(std::to_string(workers) + " workers, seed " + std::to_string(seed));
      EXPECT_EQ(late(Poll::blocked(1ms), workers, seed), 0U);
      EXPECT_GT(late(Poll::idle(1ms), workers, seed), 0U);
    }
  }
}

}  // namespace
}  // namespace weir::simulation
