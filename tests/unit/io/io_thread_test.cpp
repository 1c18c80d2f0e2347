#include "io/io_thread.hpp"

#include <array>
#include <future>
#include <memory>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weir::detail::io {
namespace {

class IoThreadGivenAPipe : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::pipe(ends_.data()), 0); }
  void TearDown() override {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }

  std::array<int, 2> ends_{};
  io::AsioIoThread io_;
};

TEST_F(IoThreadGivenAPipe, WhenBytesComeThenTheJobRuns) {
  std::promise<char> read;
  io_.when_readable(ends_[0], [&] {
    char byte = 0;
    EXPECT_EQ(::read(ends_[0], &byte, 1), 1);
    read.set_value(byte);
  });
  ASSERT_EQ(::write(ends_[1], "x", 1), 1);
  EXPECT_EQ(read.get_future().get(), 'x');
}

TEST_F(IoThreadGivenAPipe, WhenTheWriterGoesAwayThenTheJobRuns) {
  std::promise<void> called;
  io_.when_readable(ends_[0], [&] { called.set_value(); });
  ::close(ends_[1]);
  called.get_future().wait();
  ends_[1] = ::dup(ends_[0]);
}

TEST_F(IoThreadGivenAPipe, WhenItIsWaitedForAgainThenTheJobRunsAgain) {
  std::promise<void> twice;
  io_.when_readable(ends_[0], [&] { io_.when_readable(ends_[0], [&] { twice.set_value(); }); });
  ASSERT_EQ(::write(ends_[1], "x", 1), 1);
  twice.get_future().wait();
}

// Other processes share the open file: a shell's standard input would fail for whoever reads it next.
TEST_F(IoThreadGivenAPipe, WhenItIsWaitedForThenItStaysBlocking) {
  std::promise<void> called;
  io_.when_writable(ends_[1], [&] { called.set_value(); });
  called.get_future().wait();
  io_.when_readable(ends_[0], [] {});
  std::promise<void> behind;
  io_.submit([&] { behind.set_value(); });
  behind.get_future().wait();
  EXPECT_EQ(::fcntl(ends_[0], F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(::fcntl(ends_[1], F_GETFL) & O_NONBLOCK, 0);
}

TEST(IoThread, GivenARegularFileThenTheJobRunsAtOnce) {
  io::AsioIoThread io;
  const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  std::promise<void> called;
  io.when_readable(file, [&] { called.set_value(); });
  called.get_future().wait();
  ::close(file);
}

TEST(IoThread, GivenAClosedDescriptorThenTheJobRunsAtOnce) {
  io::AsioIoThread io;
  std::promise<void> called;
  io.when_readable(-1, [&] { called.set_value(); });
  called.get_future().wait();
}

TEST(IoThread, WhenItEndsThenWaitsAreDropped) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  auto held = std::make_shared<int>(1);
  {
    io::AsioIoThread io;
    io.when_readable(ends[0], [held] { FAIL() << "nothing was written"; });
  }
  EXPECT_EQ(held.use_count(), 1);
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace weir::detail::io
