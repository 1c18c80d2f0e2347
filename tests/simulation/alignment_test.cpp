#include <algorithm>
#include <chrono>
#include <cstddef>
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

constexpr std::uint64_t kLead = 400;          // after which a source waits for others
constexpr std::uint64_t kStride = kLead / 4;  // after which it looks for them
constexpr std::uint64_t kAtOnce = 50;         // how many items a partition gives when it is asked
constexpr std::uint64_t kItems = 5'000;

struct Reading {
  std::uint64_t second = 0;
  bool left = false;
};

/// What a partition gives.
struct Part {
  std::uint64_t items = kItems;
  std::optional<bool> slow_side{};         ///< of its readings, every other of which is left, these lie close together
  std::optional<std::size_t> waits_for{};  ///< it is silent until so much was read of this partition
  std::uint64_t until = 0;
};

/// How far partitions were read.
struct Progress {
  std::vector<Part> parts;
  std::vector<std::uint64_t> read;
  std::uint64_t widest = 0;                           ///< how far one was ahead of another, at most
  std::vector<std::vector<std::uint64_t>> at_ends{};  ///< by partition: how far all were read when it ended

  [[nodiscard]] bool whole() const { return std::ranges::equal(parts, read, {}, &Part::items); }
};

class Readings {
 public:
  using Item = Reading;

  explicit Readings(Progress& progress) : progress_{&progress} {}

  [[nodiscard]] std::vector<std::string> partitions() const {
    std::vector<std::string> names;
    for (std::size_t part = 0; part < progress_->parts.size(); ++part) {
      names.push_back(std::to_string(part));
    }
    return names;
  }

  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::string& name,
                                                            const std::optional<std::string>& /*position*/,
                                                            const OpenContext& /*context*/) const {
    return std::make_unique<Partition>(*progress_, std::stoul(name));
  }

 private:
  class Partition final : public SourcePartition<Item> {
   public:
    Partition(Progress& progress, std::size_t number)
        : progress_{&progress}, number_{number}, part_{progress.parts[number]}, read_{&progress.read[number]} {}

    Poll poll(Emit<Item>& emit) override {
      if (part_.waits_for && progress_->read[*part_.waits_for] < part_.until) {
        return Poll::idle(1ms);
      }
      for (std::uint64_t i = 0; i < kAtOnce && *read_ < part_.items && emit.open(); ++i, ++*read_) {
        const bool left = *read_ % 2 == 0;
        emit({left == part_.slow_side ? *read_ / 10 : *read_, left});
      }
      progress_->widest = std::max(progress_->widest, *read_ - std::ranges::min(progress_->read));
      if (*read_ < part_.items) {
        return Poll::more();
      }
      progress_->at_ends[number_] = progress_->read;
      return Poll::end();
    }

    [[nodiscard]] std::string position() const override { return std::to_string(*read_); }

   private:
    Progress* progress_;
    std::size_t number_;
    Part part_;
    std::uint64_t* read_;
  };

  Progress* progress_;
};

auto seconds(std::optional<std::chrono::nanoseconds> idle_after = std::nullopt) {
  const auto second_of = [](const Reading& reading) {
    return std::chrono::sys_seconds{std::chrono::seconds{reading.second}};
  };
  return EventClock{second_of, 0ns, idle_after};
}

auto nowhere(std::string id) {
  return op::output(std::move(id), ManualOutput{[](std::uint32_t, std::uint32_t) { return [](const Reading&) {}; }});
}

/// How far partitions have been read when a run of what `steps` makes of their stream has ended.
template <typename Steps>
Progress run_steps(std::size_t workers, std::uint64_t seed, std::vector<Part> parts, Steps steps) {
  Rng rng{seed};
  RunShape shape = random_shape(rng);
  shape.workers = WorkerCount{static_cast<std::uint32_t>(workers)};
  shape.lead = kLead;
  Progress progress{.parts = std::move(parts), .read = {}};
  progress.read.resize(progress.parts.size());
  progress.at_ends.resize(progress.parts.size());
  Dataflow flow{"simulated"};
  steps(flow.input("in", Readings{progress}));
  Driver driver{RunAccess::graph(flow), rng, shape, {.starved_percent = 1}};
  EXPECT_EQ(driver.run(), Driver::End::kDone);
  EXPECT_TRUE(progress.whole());
  return progress;
}

// However often a worker's turn comes, and though little time passes in which buffers would be flushed.
TEST(Sources, AreReadInStepInEventTime) {
  for (const std::uint64_t seed : seeds(20)) {
    for (const std::size_t workers : testing::kWorkerCounts) {
      SCOPED_TRACE(std::to_string(workers) + " workers, seed " + std::to_string(seed));
      const Progress progress = run_steps(workers, seed, std::vector<Part>(workers), [](const Stream<Reading>& in) {
        in | op::event_time("clock", seconds()) | nowhere("out");
      });
      EXPECT_LE(progress.widest, kLead + 2 * kStride + 2 * kAtOnce);
    }
  }
}

TEST(Sources, AreReadThoughFewerThanTheWorkers) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    run_steps(workers, 1, std::vector<Part>(2),
              [](const Stream<Reading>& in) { in | op::event_time("clock", seconds()) | nowhere("out"); });
  }
}

// One is ahead in the time of its right readings, the others are in that of their left ones.
TEST(Sources, DoNotWaitForEachOtherByTwoClocks) {
  for (const std::uint64_t seed : seeds(2)) {
    for (const std::size_t workers : {2U, 3U}) {
      std::vector<Part> parts(workers, Part{.slow_side = false});
      parts.front().slow_side = true;
      run_steps(workers, seed, parts, [](const Stream<Reading>& in) {
        auto [left, right] = in | op::branch("sides", &Reading::left);
        left | op::event_time("left_clock", seconds()) | nowhere("left");
        right | op::event_time("right_clock", seconds()) | nowhere("right");
      });
      if (HasFailure()) {
        return;  // it ran to its limit of steps, which takes long
      }
    }
  }
}

// Its worker's event time goes back then.
TEST(Sources, AreReadOnWhenASilentPartitionSpeaksAgain) {
  for (const std::uint64_t seed : seeds(5)) {
    run_steps(2, seed, {Part{}, Part{}, Part{.waits_for = 0, .until = kItems / 2}},
              [](const Stream<Reading>& in) { in | op::event_time("clock", seconds(100us)) | nowhere("out"); });
  }
}

// Event time does not begin on the worker of a partition that is silent: the other one's is read nonetheless.
TEST(Sources, DoNotWaitForOneWhoseEventTimeDoesNotBegin) {
  const Progress progress =
      run_steps(2, 1, {Part{.items = 20 * kItems}, Part{}, Part{.items = 1, .waits_for = 1, .until = kItems}},
                [](const Stream<Reading>& in) { in | op::event_time("clock", seconds()) | nowhere("out"); });
  EXPECT_LT(progress.at_ends[1][0], progress.parts[0].items);
}

}  // namespace
}  // namespace weir::simulation
