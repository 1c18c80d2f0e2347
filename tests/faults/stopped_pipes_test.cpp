// A stop while a pipe is read, of which the last line has come in part.

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults/comes_true.hpp"
#include "temporary_folder.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

/// A pipe with a name, whose writer writes numbers, a line each, and is never at a line's end.
class APipe : public ::testing::TestWithParam<std::size_t> {
 protected:
  APipe() {
    EXPECT_EQ(::mkfifo(path().c_str(), 0600), 0);
    pipe_ = ::open(path().c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    for (int number = 0; number < 60'000; ++number) {
      rest_ += std::to_string(number) + '\n';
    }
    to_come_ = rest_;
  }
  APipe(const APipe&) = delete;
  APipe& operator=(const APipe&) = delete;
  ~APipe() override { close_pipe(); }

  [[nodiscard]] std::string path() const { return folder_.path("pipe"); }

  // As much as a pipe has room for, all at once, or a reader that asks once would get a part of it.
  void fill() { write_some(60'001); }

  void write_some(std::size_t bytes) {
    ASSERT_EQ(::write(pipe_, to_come_.data(), bytes), static_cast<ssize_t>(bytes));
    to_come_.remove_prefix(bytes);
  }

  // As much as there is room for.
  void write_text(const std::string& text) const {
    const ssize_t written = ::write(pipe_, text.data(), text.size());
    EXPECT_TRUE(written > 0 || errno == EAGAIN);
  }

  void wait_until_empty() const {
    ASSERT_TRUE(faults::comes_true([this] {
      int waiting = 1;
      return ::ioctl(pipe_, FIONREAD, &waiting) == 0 && waiting == 0;
    }));
  }

  void write_rest() {
    const int flags = ::fcntl(pipe_, F_GETFL);
    ::fcntl(pipe_, F_SETFL, flags & ~O_NONBLOCK);
    while (!to_come_.empty()) {
      to_come_.remove_prefix(static_cast<std::size_t>(::write(pipe_, to_come_.data(), to_come_.size())));
    }
    close_pipe();
  }

  void close_pipe() { ::close(std::exchange(pipe_, -1)); }

  [[nodiscard]] std::string_view to_come() const { return to_come_; }
  [[nodiscard]] std::string_view all() const { return rest_; }

  // Reads lines, and calls this at the first one.
  template <typename AtFirst>
  std::vector<std::string> read_lines(AtFirst at_first, RunOptions options = {}) {
    options.workers = GetParam();
    const testing::Collected<std::string> out;
    std::atomic<bool> begun{false};
    Dataflow flow{"lines"};
    flow.input("in", TextFiles{{path()}}) | op::inspect("first", [&](const std::string& /*line*/) {
      if (!begun.exchange(true)) {
        at_first();
      }
    }) | op::output("out", out);
    run(flow, options);
    return out.items();
  }

 private:
  TemporaryFolder folder_;
  int pipe_ = -1;
  std::string rest_;
  std::string_view to_come_;
};

INSTANTIATE_TEST_SUITE_P(OnWorkers, APipe, ::testing::Values(1, 2));

TEST_P(APipe, WhoseLineHasNoEndIsGivenUpSoonAfterAStop) {
  const std::jthread writer{[&](const std::stop_token& over) {
    const std::string some(4'096, 'x');
    write_text("first\n");
    while (!over.stop_requested()) {
      write_text(some);
      std::this_thread::yield();
    }
  }};
  std::stop_source stop;
  Dataflow flow{"lines"};
  flow.input("in", TextFiles{{path()}}) | op::inspect("first", [&](const std::string&) { stop.request_stop(); }) |
      op::output("out", testing::Collected<std::string>{});
  RunOptions options;
  options.workers = GetParam();
  options.stop = stop.get_token();
  EXPECT_EQ(run(flow, options).outcome, Outcome::kDrained);  // not cut off
}

TEST_P(APipe, ThatIsStoppedWithinALineIsReadToItsEndAndNotBeyond) {
  fill();
  std::stop_source stop;
  RunOptions options;
  options.stop = stop.get_token();
  std::vector<std::string> lines = read_lines(
      [&] {
        wait_until_empty();  // what was in it is with the reader, and the last line of that is torn
        fill();
        wait_until_empty();
        fill();
        stop.request_stop();
      },
      options);
  ASSERT_LT(lines.size(), 60'000U);
  std::thread writer{[this] { write_rest(); }};
  for (std::string& line : read_lines([] {})) {
    lines.push_back(std::move(line));
  }
  writer.join();
  std::string text;
  for (const std::string& line : lines) {
    text += line + '\n';
  }
  EXPECT_EQ(lines.size(), 60'000U);
  EXPECT_TRUE(text == all());
}

TEST_P(APipe, ThatIsStoppedWithinItsLastLineGivesThat) {
  ASSERT_EQ(to_come().substr(0, 3), "0\n1");
  std::stop_source stop;
  RunOptions options;
  options.stop = stop.get_token();
  write_some(3);
  const std::vector<std::string> lines = read_lines(
      [&] {
        wait_until_empty();
        stop.request_stop();
        close_pipe();
      },
      options);
  EXPECT_EQ(lines, (std::vector<std::string>{"0", "1"}));
}

}  // namespace
}  // namespace weir
