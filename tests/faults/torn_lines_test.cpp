// Runs that fail while a pipe has taken or given a line in part.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults/comes_true.hpp"
#include "temporary_folder.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

constexpr int kMost = 30'000;

/// Standard output as a pipe, which is full until it is read.
class OutputThatIsFull {
 public:
  OutputThatIsFull() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    reader_ = ends[0];
    ::fcntl(reader_, F_SETPIPE_SZ, kRoom);
    std::fflush(stdout);
    usual_ = ::dup(STDOUT_FILENO);
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[1]);
  }
  OutputThatIsFull(const OutputThatIsFull&) = delete;
  OutputThatIsFull& operator=(const OutputThatIsFull&) = delete;
  ~OutputThatIsFull() { ::close(reader_); }

  [[nodiscard]] bool is_full() const {
    int waiting = 0;
    return ::ioctl(reader_, FIONREAD, &waiting) == 0 && waiting > kRoom - 4'096;
  }

  void begin_to_read() {
    thread_ = std::thread{[this] {
      std::string block(4'096, '\0');
      for (ssize_t got = 1; got > 0;) {
        got = ::read(reader_, block.data(), block.size());
        text_.append(block, 0, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
      }
    }};
  }

  /// Standard output is what it was before.
  /// @return  what was written meanwhile
  std::string end() {
    ::dup2(usual_, STDOUT_FILENO);
    ::close(usual_);
    if (thread_.joinable()) {
      thread_.join();
    }
    return text_;
  }

 private:
  static constexpr int kRoom = 65'536;

  int reader_ = -1;
  int usual_ = -1;
  std::thread thread_;
  std::string text_;
};

class StandardOutputThatIsFull : public ::testing::TestWithParam<std::size_t> {};

// The run that follows fails too, before it could write the rest.
TEST_P(StandardOutputThatIsFull, GetsTheRestOfALineThatAFailedRunHadBegun) {
  const TemporaryFolder folder;
  std::vector<int> numbers(kMost);
  std::iota(numbers.begin(), numbers.end(), 0);
  std::atomic<int> failures{0};
  bool was_full = false;
  OutputThatIsFull output;
  Dataflow flow{"numbers"};
  flow.input("in", RangeInput{numbers}) | op::map("line", [&](int number) {
    if (failures == 0 && number == kMost - 1) {
      was_full = faults::comes_true([&] { return output.is_full(); });
      ++failures;
      throw std::runtime_error{"the first run"};
    }
    if (failures == 1) {
      ++failures;
      throw std::runtime_error{"the second run"};
    }
    if (failures == 2) {
      ++failures;
      output.begin_to_read();
    }
    return "number " + std::to_string(number);
  }) | op::output("out", StandardOutput{});
  RunOptions options;
  options.workers = GetParam();
  options.recovery = folder.path("recovery");
  options.epoch_interval = std::chrono::hours{1};
  options.restarts = 2;
  options.restart_delay = {};
  std::size_t restarts = 0;
  try {
    restarts = run(flow, options).restarts;
  } catch (const StepError&) {  // the number of restarts tells
  }
  std::istringstream lines{output.end()};
  EXPECT_TRUE(was_full);
  EXPECT_EQ(restarts, 2U);
  int count = 0;
  int last = -1;
  for (std::string line; std::getline(lines, line); ++count) {
    last = line.starts_with("number ") ? std::atoi(line.c_str() + 7) : -1;
    ASSERT_EQ(line, "number " + std::to_string(last));
  }
  EXPECT_EQ(last, kMost - 1);
  EXPECT_GT(count, kMost + 1'000);
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, StandardOutputThatIsFull, ::testing::Values(1, 2, 4));

/// A pipe from which numbers are read, at one of which a step fails the first time.
class APipeThatIsReadAgain : public ::testing::TestWithParam<std::size_t> {};

TEST_P(APipeThatIsReadAgain, EndsThoughItsWriterWentAwayBeforeTheRestart) {
  const TemporaryFolder folder;
  const std::string path = folder.path("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::thread writer{[&] { std::ofstream{path} << "1\n2\n3\n"; }};
  Dataflow flow{"numbers"};
  std::atomic<bool> failed{false};
  const testing::Collected<std::string> out;
  flow.input("in", TextFiles{{path}}) | op::inspect("look", [&](const std::string& /*line*/) {
    if (!failed.exchange(true)) {
      writer.join();
      throw std::runtime_error{"once"};
    }
  }) | op::output("out", out);
  RunOptions options;
  options.workers = GetParam();
  options.recovery = folder.path("recovery");
  options.restarts = 1;
  options.restart_delay = {};
  EXPECT_EQ(run(flow, options).restarts, 1U);
}

TEST_P(APipeThatIsReadAgain, StaysOpenAndGivesWholeLines) {
  const TemporaryFolder folder;
  const std::string path = folder.path("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c)
  std::thread writer{[&] {
    const int pipe = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    std::string lines;
    for (int number = 0; number < 3 * kMost; ++number) {
      lines += "number " + std::to_string(number) + '\n';
    }
    for (std::string_view rest{lines}; !rest.empty();) {
      const ssize_t written = ::write(pipe, rest.data(), std::min<std::size_t>(rest.size(), 1'000));
      if (written <= 0) {
        ADD_FAILURE() << "the pipe was closed";
        break;
      }
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
    ::close(pipe);
  }};
  Dataflow flow{"numbers"};
  std::atomic<bool> failed{false};
  const testing::Collected<int> out;
  flow.input("in", TextFiles{{path}}) | op::map("number", [&](const std::string& line) {
    const int number = line.starts_with("number ") ? std::stoi(line.substr(7)) : -1;
    if (number >= kMost && !failed.exchange(true)) {
      throw std::runtime_error{"once"};
    }
    return number;
  }) | op::output("out", out);
  RunOptions options;
  options.workers = GetParam();
  options.recovery = folder.path("recovery");
  options.restarts = 1;
  options.restart_delay = std::chrono::milliseconds{50};
  EXPECT_EQ(run(flow, options).restarts, 1U);
  writer.join();
  const std::vector<int> numbers = out.items();
  EXPECT_EQ(std::ranges::count(numbers, -1), 0);
  EXPECT_TRUE(std::ranges::is_sorted(numbers));
  EXPECT_EQ(numbers.back(), 3 * kMost - 1);
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, APipeThatIsReadAgain, ::testing::Values(1, 2, 4));

}  // namespace
}  // namespace weir
