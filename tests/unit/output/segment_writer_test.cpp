#include "output/segment_writer.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/io_thread.hpp"
#include "output/segment_partition.hpp"
#include "temporary_folder.hpp"

namespace weir::detail::output {
namespace {

using ::testing::ElementsAre;

/// What a test sees of a target that waits, and does with it. It outlives the target.
struct Waits {
  std::promise<void> begun;          ///< to add
  std::promise<void> may_end;        ///< adding
  std::promise<void> told;           ///< to give up
  std::vector<std::uint64_t> added;  ///< ends
  std::string failure;               ///< of adding
  int kept = 0;                      ///< times
  bool waits = true;
};

class WaitingTarget final : public SegmentTarget {
 public:
  explicit WaitingTarget(Waits& waits) : waits_{&waits}, may_end_{waits.may_end.get_future().share()} {}

  [[nodiscard]] std::uint64_t length() override { return 0; }

  void add(const Segment& segment, const os::File& /*bytes*/) override {
    if (!std::exchange(begun_, true)) {
      waits_->begun.set_value();
    }
    may_end_.wait();
    if (!waits_->failure.empty()) {
      throw std::runtime_error{waits_->failure};
    }
    waits_->added.push_back(segment.end());
  }

  void keep() override { ++waits_->kept; }

  [[nodiscard]] bool waits() const noexcept override { return true; }

  void give_up() noexcept override {
    if (std::exchange(given_up_, true)) {
      return;
    }
    waits_->told.set_value();
    if (waits_->waits) {
      waits_->failure = "given up";
      waits_->may_end.set_value();
    }
  }

 private:
  Waits* waits_;
  std::shared_future<void> may_end_;
  bool begun_ = false;
  bool given_up_ = false;
};

class Wakes final : public detail::WakeTarget {
 public:
  void wake() override {
    const std::scoped_lock lock{mutex_};
    woken_ = true;
    changed_.notify_all();
  }

  /// Until `is_so`, which is asked again after each wake.
  template <typename F>
  void wait_until(F is_so) {
    while (!is_so()) {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [this] { return woken_; });
      woken_ = false;
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

class SegmentsGivenATargetThatWaits : public ::testing::Test {
 protected:
  void make() {
    const OpenContext context{.worker = {}, .waker = Waker{wakes_}, .io = io_};
    writer_ = std::make_shared<SegmentWriter>(std::make_unique<WaitingTarget>(waits_), "output",
                                              folder_.path("pending"), SinkResume{}, context);
    partition_ = std::make_unique<SegmentPartition>(writer_, "\n");
  }

  // Closes and decides an epoch with this line.
  void decide(const std::string& line) {
    close(line);
    partition_->commit();
  }

  void close(const std::string& line) {
    partition_->write(std::string{line});
    partition_->prepare(Epoch{++epoch_});
    wakes_.wait_until([this] { return partition_->prepared().has_value(); });
  }

  Waits waits_;
  TemporaryFolder folder_;
  Wakes wakes_;
  io::AsioIoThread io_;
  std::shared_ptr<SegmentWriter> writer_;
  std::unique_ptr<SegmentPartition> partition_;
  std::uint64_t epoch_ = 0;
};

TEST_F(SegmentsGivenATargetThatWaits, WhenItWaitsThenTheNextEpochIsMadeDurable) {
  make();
  decide("first");
  waits_.begun.get_future().wait();
  EXPECT_FALSE(partition_->committed());
  close("second");  // hangs if the files wait too
  EXPECT_FALSE(partition_->committed());
  waits_.may_end.set_value();
  wakes_.wait_until([this] { return partition_->committed(); });
  EXPECT_THAT(waits_.added, ElementsAre(6));
  waits_.waits = false;
}

TEST_F(SegmentsGivenATargetThatWaits, WhenAnEpochHasNoOutputThenTheTargetKeepsWhatItHas) {
  make();
  waits_.may_end.set_value();
  waits_.waits = false;
  decide("first");
  wakes_.wait_until([this] { return partition_->committed(); });
  EXPECT_EQ(waits_.kept, 0);
  partition_->prepare(Epoch{++epoch_});
  wakes_.wait_until([this] { return partition_->prepared().has_value(); });
  partition_->commit();
  wakes_.wait_until([this] { return partition_->committed(); });
  EXPECT_EQ(waits_.kept, 1);
  EXPECT_THAT(waits_.added, ElementsAre(6));
}

TEST_F(SegmentsGivenATargetThatWaits, WhenMuchWaitsBehindAClosedEpochThenItIsNotReady) {
  make();
  const std::string block(std::size_t{1} << 20, 'x');
  const auto write = [&](std::size_t blocks) {
    for (std::size_t i = 0; i < blocks; ++i) {
      partition_->write(std::string{block});
      wakes_.wait_until([this] { return writer_->waiting_bytes() == 0; });
    }
  };
  write(65);
  EXPECT_TRUE(partition_->ready()) << "the open epoch alone: it is closed by time";
  decide("end");
  EXPECT_FALSE(partition_->ready());
  waits_.may_end.set_value();
  wakes_.wait_until([this] { return partition_->ready(); });
  EXPECT_TRUE(partition_->committed());
  waits_.waits = false;
}

TEST_F(SegmentsGivenATargetThatWaits, WhenAddingFailsThenTheFailureIsThrown) {
  make();
  waits_.failure = "refused";
  decide("first");
  waits_.may_end.set_value();
  waits_.waits = false;
  try {
    wakes_.wait_until([this] { return partition_->committed(); });
    FAIL() << "no failure";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "refused");
  }
  EXPECT_THROW(static_cast<void>(partition_->ready()), std::runtime_error);
}

TEST_F(SegmentsGivenATargetThatWaits, WhenTheRunIsCutThenTheTargetIsToldToGiveUp) {
  make();
  decide("first");
  waits_.begun.get_future().wait();
  partition_.reset();  // hangs if the target is not told
  waits_.told.get_future().wait();
  EXPECT_TRUE(waits_.added.empty());
  writer_.reset();
  io_.finish();
}

// A job for a file may be the last that holds the writer.
TEST_F(SegmentsGivenATargetThatWaits, WhenAFileIsWrittenLastThenTheWriterEndsOnThatThread) {
  make();
  std::promise<void> go;
  io_.submit([ready = go.get_future().share()] { ready.wait(); });
  partition_->write(std::string(std::size_t{1} << 17, 'x'));
  partition_.reset();
  writer_.reset();
  go.set_value();
  io_.finish();
  waits_.told.get_future().wait();
}

}  // namespace
}  // namespace weir::detail::output
