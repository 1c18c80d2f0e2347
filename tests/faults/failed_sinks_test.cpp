// A sink whose write fails on the I/O thread, after the last item: the run ends with that error, though nothing is
// written any more.

#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "temporary_folder.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

/// What fails.
enum class Fails { kWrite, kEpoch, kEpochWithAToken, kCommit };

/// What the I/O thread did for a partition.
struct Done {
  std::mutex mutex;
  int pending = 0;
  int tokens = 0;
  bool failed = false;

  void rethrow() {
    const std::scoped_lock lock{mutex};
    if (failed) {
      throw std::runtime_error{"the disk is gone"};
    }
  }
};

/// Throws from `ready` alone.
class Partition : public TransactionalPartition<int> {
 public:
  Partition(Fails fails, const OpenContext& context) : fails_{fails}, waker_{context.waker}, io_{&context.io} {}

  void write(int&& /*item*/) override {
    wrote_ = true;
    submit(fails_ == Fails::kWrite, 0);
  }
  bool ready() override {
    done_->rethrow();
    return true;
  }
  bool drained() override { return pending() == 0; }
  void prepare(Epoch /*epoch*/) override {
    const bool fails = wrote_ && (fails_ == Fails::kEpoch || fails_ == Fails::kEpochWithAToken);
    submit(fails, fails && fails_ == Fails::kEpoch ? 0 : 1);
  }
  std::optional<std::string> prepared() override {
    const std::scoped_lock lock{done_->mutex};
    if (done_->tokens == 0) {
      return std::nullopt;
    }
    --done_->tokens;
    return "token";
  }
  void commit() override { submit(wrote_ && fails_ == Fails::kCommit, 0); }
  bool committed() override { return pending() == 0; }

 private:
  int pending() {
    const std::scoped_lock lock{done_->mutex};
    return done_->pending;
  }
  void submit(bool fails, int tokens) {
    {
      const std::scoped_lock lock{done_->mutex};
      ++done_->pending;
    }
    io_->submit([done = done_, waker = waker_, fails, tokens] {
      {
        const std::scoped_lock lock{done->mutex};
        done->failed = done->failed || fails;
        done->tokens += tokens;
        --done->pending;
      }
      waker.wake();
    });
  }

  Fails fails_;
  Waker waker_;
  IoThread* io_;
  bool wrote_ = false;
  std::shared_ptr<Done> done_ = std::make_shared<Done>();
};

struct FailingSink {
  static constexpr bool kOnePartition = true;
  Fails fails;
  bool takes_part;

  [[nodiscard]] bool transactional() const { return takes_part; }

  template <std::same_as<int> T>
  std::unique_ptr<SinkPartition<T>> open(const OpenContext& context) const {
    return std::make_unique<Partition>(fails, context);
  }
  template <std::same_as<int> T>
  std::unique_ptr<TransactionalPartition<T>> resume(const OpenContext& context, const SinkResume& /*resume*/) const {
    return std::make_unique<Partition>(fails, context);
  }
};

class ASinkThatFailsAfterTheLastItem : public ::testing::TestWithParam<std::size_t> {
 protected:
  /// @param ends  whether the input does, or waits for more
  void expect_failure(const FailingSink& sink, bool recovery, bool ends) {
    QueueSource<int> queue;
    Dataflow flow{"flow"};
    flow.input("in", queue) | op::output("out", sink);
    RunOptions options;
    options.workers = GetParam();
    options.recovery = recovery ? folder_.path("kept" + std::to_string(runs_++)) : "";
    options.epoch_interval = std::chrono::milliseconds{20};
    RunHandle handle = start(flow, options);
    ASSERT_TRUE(queue.push(1));
    if (ends) {
      queue.close();
    }
    try {
      handle.wait();
      ADD_FAILURE() << "the failure was lost";
    } catch (const StepError& error) {
      EXPECT_EQ(error.step_id(), "out");
      EXPECT_NE(std::string{error.what()}.find("the disk is gone"), std::string::npos) << error.what();
    }
  }

  TemporaryFolder folder_;
  int runs_ = 0;
};

TEST_P(ASinkThatFailsAfterTheLastItem, StopsTheRunThatWaitsForMore) {
  expect_failure({Fails::kWrite, false}, false, false);
  expect_failure({Fails::kWrite, false}, true, false);
  expect_failure({Fails::kWrite, true}, true, false);
}

TEST_P(ASinkThatFailsAfterTheLastItem, StopsTheRunThatIsAtItsEnd) {
  expect_failure({Fails::kWrite, false}, false, true);
  expect_failure({Fails::kWrite, false}, true, true);
  expect_failure({Fails::kWrite, true}, true, true);
}

TEST_P(ASinkThatFailsAfterTheLastItem, StopsTheRunWhoseEpochIsNotDurable) {
  for (const bool ends : {false, true}) {
    expect_failure({Fails::kEpoch, true}, true, ends);
    expect_failure({Fails::kEpochWithAToken, true}, true, ends);
  }
}

TEST_P(ASinkThatFailsAfterTheLastItem, StopsTheRunWhoseOutputCannotBeShown) {
  expect_failure({Fails::kCommit, true}, true, false);
  expect_failure({Fails::kCommit, true}, true, true);
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, ASinkThatFailsAfterTheLastItem, ::testing::Values(1, 2));

/// A job that throws where nobody catches it.
struct ThrowingJobs {
  struct Partition final : SinkPartition<int> {
    explicit Partition(IoThread& thread) : io{&thread} {}
    void write(int&& /*item*/) override {
      io->submit([] { throw std::domain_error{"boom"}; });
    }
    IoThread* io;
  };

  template <std::same_as<int> T>
  std::unique_ptr<SinkPartition<T>> open(const OpenContext& context) const {
    return std::make_unique<Partition>(context.io);
  }
};

TEST(AnExceptionThatLeavesAJobOfTheIoThread, StopsTheRun) {
  for (const std::size_t workers : {std::size_t{1}, std::size_t{2}}) {
    QueueSource<int> queue;
    Dataflow flow{"flow"};
    flow.input("in", queue) | op::output("out", ThrowingJobs{});
    RunOptions options;
    options.workers = workers;
    RunHandle handle = start(flow, options);
    ASSERT_TRUE(queue.push(1));
    EXPECT_THROW(handle.wait(), std::domain_error);
  }
}

}  // namespace
}  // namespace weir
