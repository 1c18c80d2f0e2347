#include <atomic>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temporary_folder.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

constexpr int kItems = 20;

/// What the partitions of a source share, over all runs.
struct Shelf {
  std::atomic<std::size_t> partitions{1};
  std::size_t partitions_later = 1;    ///< so many there are once the first one is half read
  std::atomic<bool> possible{false};   ///< whether the run could be made again
  std::atomic<bool> may_end{true};     ///< whether partitions end
  std::atomic<std::size_t> listed{0};  ///< how often partitions were asked for
  std::atomic<bool> fails{false};      ///< whether they can be listed
};

/// Partitions "0", "1", ... of the numbers from 0 on.
class GrowingSource {
 public:
  using Item = std::pair<std::string, int>;

  explicit GrowingSource(Shelf& shelf) : shelf_{&shelf} {}

  [[nodiscard]] std::vector<std::string> partitions() const {
    ++shelf_->listed;
    if (shelf_->fails) {
      throw UsageError{"the shelf is gone"};
    }
    std::vector<std::string> names;
    for (std::size_t i = 0; i < shelf_->partitions; ++i) {
      names.push_back(std::to_string(i));
    }
    return names;
  }

  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::string& name,
                                                            const std::optional<std::string>& position,
                                                            const OpenContext& context) const {
    shelf_->possible = context.restart.possible();
    return std::make_unique<Partition>(*shelf_, name, position ? std::stoi(*position) : 0, context.restart);
  }

 private:
  class Partition final : public SourcePartition<Item> {
   public:
    Partition(Shelf& shelf, std::string name, int next, PlannedRestart restart)
        : shelf_{&shelf}, name_{std::move(name)}, next_{next}, restart_{restart} {}

    Poll poll(Emit<Item>& emit) override {
      if (next_ == kItems) {
        return shelf_->may_end ? Poll::end() : Poll::idle(std::chrono::milliseconds{1});
      }
      emit({name_, next_++});
      if (next_ == kItems / 2 && shelf_->partitions < shelf_->partitions_later) {
        shelf_->partitions = shelf_->partitions_later;
        if (restart_.possible()) {
          restart_.request("there are more partitions");
          restart_.request("there still are");
        }
      }
      // Once there are more partitions, only the next run goes on.
      return name_ == "0" && next_ == kItems / 2 && restart_.possible() && shelf_->listed == 1 ? Poll::idle()
                                                                                               : Poll::more();
    }

    [[nodiscard]] std::string position() const override { return std::to_string(next_); }

   private:
    Shelf* shelf_;
    std::string name_;
    int next_;
    PlannedRestart restart_;
  };

  Shelf* shelf_;
};

class APlannedRestart : public ::testing::Test {
 protected:
  [[nodiscard]] RunOptions options(std::size_t workers) const {
    RunOptions options;
    options.workers = workers;
    options.recovery = folder_.path("recovery");
    options.epoch_items = 3;
    return options;
  }

  void build(Dataflow& flow) {
    flow.input("numbers", GrowingSource{shelf_}) | op::stateful_map("sum", [](std::optional<int>& sum, int number) {
      sum = sum.value_or(0) + number;
      return *sum;
    }) | op::map("line", [](const std::pair<std::string, int>& sum) {
      return sum.first + " " + std::to_string(sum.second);
    }) | op::output("out", TextFile{folder_.path("out")});
  }

  [[nodiscard]] std::vector<std::string> expected(std::size_t partitions) const {
    std::vector<std::string> lines;
    for (std::size_t partition = 0; partition < partitions; ++partition) {
      int sum = 0;
      for (int number = 0; number < kItems; ++number) {
        lines.push_back(std::to_string(partition) + " " + std::to_string(sum += number));
      }
    }
    return lines;
  }

  [[nodiscard]] std::vector<std::string> output() const {
    std::ifstream file{folder_.path("out")};
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
      lines.push_back(line);
    }
    return lines;
  }

  TemporaryFolder folder_;
  Shelf shelf_;
};

TEST_F(APlannedRestart, ReadsNewPartitionsAndGoesOnInTheOthers) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    SCOPED_TRACE(workers);
    std::filesystem::remove_all(folder_.path("recovery"));
    std::filesystem::remove(folder_.path("out"));
    shelf_.partitions = 1;
    shelf_.partitions_later = 4;
    shelf_.listed = 0;
    Dataflow flow{"growing"};
    build(flow);
    const RunReport report = run(flow, options(workers));
    EXPECT_EQ(report.outcome, Outcome::kDone);
    EXPECT_EQ(report.restarts, 0U);  // it is no failure
    EXPECT_EQ(shelf_.listed, 2U);
    EXPECT_THAT(output(), ::testing::UnorderedElementsAreArray(expected(4)));
  }
}

TEST_F(APlannedRestart, IsNotPossibleWithoutRecovery) {
  shelf_.partitions_later = 4;
  Dataflow flow{"growing"};
  build(flow);
  run(flow);
  EXPECT_FALSE(shelf_.possible);
  EXPECT_EQ(shelf_.listed, 1U);
  EXPECT_THAT(output(), ::testing::UnorderedElementsAreArray(expected(1)));
}

TEST_F(APlannedRestart, IsTheRunsEndIfItIsToStop) {
  shelf_.partitions_later = 2;
  shelf_.may_end = false;
  Dataflow flow{"growing"};
  build(flow);
  RunHandle handle = start(flow, options(2));
  while (shelf_.listed < 2 && !handle.done()) {
    std::this_thread::yield();
  }
  handle.stop();
  EXPECT_EQ(handle.wait().outcome, Outcome::kDrained);
  shelf_.may_end = true;
  run(flow, options(3));
  EXPECT_THAT(output(), ::testing::UnorderedElementsAreArray(expected(2)));
}

TEST_F(APlannedRestart, IsAFailureIfTheRunCannotBeMadeAgain) {
  shelf_.partitions_later = 2;
  Dataflow flow{"growing"};
  flow.input("numbers", GrowingSource{shelf_}) | op::inspect("break", [this](const std::pair<std::string, int>& item) {
    shelf_.fails = item.second == kItems / 2 - 1;
  }) | op::output("out", testing::Collected<GrowingSource::Item>{});
  EXPECT_THROW(run(flow, options(1)), StepError);
  shelf_.fails = false;
  EXPECT_EQ(run(flow, options(1)).outcome, Outcome::kDone);
}

}  // namespace
}  // namespace weir
