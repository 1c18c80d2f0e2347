#include <array>
#include <csignal>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/errors.hpp"
#include "weir/io.hpp"
#include "weir/text_output.hpp"

namespace weir {
namespace {

// Runs its jobs when it is told to; every descriptor can be written.
class HandIoThread final : public IoThread {
 public:
  void submit(std::function<void()> job) override {
    if (const auto before = std::exchange(before_next_submit, {})) {
      before();
    }
    jobs_.push_back(std::move(job));
  }
  void when_readable(int /*descriptor*/, std::function<void()> job) override { submit(std::move(job)); }
  void when_writable(int /*descriptor*/, std::function<void()> job) override { submit(std::move(job)); }

  void run_all() {
    while (!jobs_.empty()) {
      const auto job = std::exchange(jobs_.front(), {});
      jobs_.pop_front();
      job();
    }
  }

  // What happens between the worker's last look at the writer and its block's arrival.
  std::function<void()> before_next_submit;

 private:
  std::deque<std::function<void()>> jobs_;
};

struct Nobody final : detail::WakeTarget {
  void wake() override {}
};

class LineWriterToAFifo : public ::testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    reader_ = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    const OpenContext context{.worker = {.index = {0}, .count = {1}}, .waker = Waker{nobody_}, .io = io_};
    writer_ = detail::open_line_writer(::open(path_.c_str(), O_WRONLY | O_CLOEXEC), true, path_, context);
  }
  void TearDown() override {
    ::close(reader_);
    std::filesystem::remove(path_);
  }

  void write_block(std::string line) {
    writer_->write(std::move(line));
    writer_->flush();
  }
  std::string read() {
    std::array<char, 100> bytes{};
    const ssize_t got = ::read(reader_, bytes.data(), bytes.size());
    return {bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  }

  std::string path_ = ::testing::TempDir() + "weir_fifo_" + std::to_string(::getpid());
  HandIoThread io_;
  Nobody nobody_;
  int reader_ = -1;
  std::unique_ptr<SinkPartition<std::string>> writer_;
};

TEST_F(LineWriterToAFifo, WhenBlocksAreFlushedThenTheyComeInOrder) {
  write_block("one");
  write_block("two");
  EXPECT_FALSE(writer_->drained());
  io_.run_all();
  EXPECT_EQ(read(), "one\ntwo\n");
  EXPECT_TRUE(writer_->drained());
}

TEST_F(LineWriterToAFifo, WhenAWriteFailedThenTheWorkerHearsOfItAndNothingIsWrittenBehindIt) {
  ::close(reader_);
  write_block("one");
  io_.run_all();
  reader_ = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);

  EXPECT_THROW(static_cast<void>(writer_->ready()), OutputClosed);
  EXPECT_THROW(write_block("two"), OutputClosed);
  EXPECT_THROW(static_cast<void>(writer_->drained()), OutputClosed);
  io_.run_all();
  EXPECT_EQ(read(), "");
}

// The worker may be rethrowing the first failure while a second one would be stored.
TEST_F(LineWriterToAFifo, WhenAWriteFailsWhileABlockIsHandedOverThenThatBlockIsDropped) {
  ::close(reader_);
  write_block("one");
  io_.before_next_submit = [&] {
    io_.run_all();
    reader_ = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  };
  write_block("two");
  io_.run_all();
  EXPECT_EQ(read(), "");
}

}  // namespace
}  // namespace weir
