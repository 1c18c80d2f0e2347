// Runs that fail while a pipe has taken or given a line in part.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
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

/// A pipe that holds less than is written to it, and whose reader reads nothing at first.
class APipeThatIsFull : public ::testing::TestWithParam<std::size_t> {
 protected:
  APipeThatIsFull() {
    EXPECT_EQ(::mkfifo(path().c_str(), 0600), 0);
    reader_ = ::open(path().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  }
  APipeThatIsFull(const APipeThatIsFull&) = delete;
  APipeThatIsFull& operator=(const APipeThatIsFull&) = delete;
  ~APipeThatIsFull() override { ::close(reader_); }

  /// Writes numbers into the pipe, each with a text that makes no page of the pipe end with a line.
  void write_numbers(int count, bool fails) {
    Dataflow flow{"numbers"};
    std::vector<int> numbers;
    for (int number = 0; number < count; ++number) {
      numbers.push_back(number);
    }
    flow.input("in", RangeInput{numbers}) | op::map("line", [&](int number) {
      if (fails && number == count - 1) {
        EXPECT_TRUE(faults::comes_true([&] { return is_full(); }));
        throw std::runtime_error{"at the last one"};
      }
      return "number " + std::to_string(number);
    }) | op::output("out", TextFile{path()});
    RunOptions options;
    options.workers = GetParam();
    run(flow, options);
  }

  // What is in the pipe now, or comes until all writers have closed it.
  [[nodiscard]] std::vector<std::string> read_all() const {
    ::fcntl(reader_, F_SETFL, ::fcntl(reader_, F_GETFL) & ~O_NONBLOCK);
    std::string text;
    std::string block(4096, '\0');
    for (ssize_t got = 1; got > 0;) {
      got = ::read(reader_, block.data(), block.size());
      text.append(block, 0, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    }
    std::vector<std::string> lines;
    for (std::size_t from = 0; from < text.size();) {
      const std::size_t end = std::min(text.find('\n', from), text.size());
      lines.push_back(text.substr(from, end - from));
      from = end + 1;
    }
    return lines;
  }

 private:
  [[nodiscard]] std::string path() const { return folder_.path("pipe"); }

  [[nodiscard]] bool is_full() const {
    int waiting = 0;
    return ::ioctl(reader_, FIONREAD, &waiting) == 0 && waiting >= 15 * 4'096;
  }

  TemporaryFolder folder_;
  int reader_ = -1;
};

TEST_P(APipeThatIsFull, GetsTheRestOfALineThatAFailedRunHadBegun) {
  EXPECT_THROW(write_numbers(kMost, true), StepError);
  std::vector<std::string> lines;
  std::thread reader{[&] { lines = read_all(); }};
  write_numbers(3, false);
  reader.join();
  std::vector<std::string> expected;
  for (std::size_t number = 0; number + 3 < lines.size(); ++number) {
    expected.push_back("number " + std::to_string(number));
  }
  for (const std::size_t number : {0U, 1U, 2U}) {
    expected.push_back("number " + std::to_string(number));
  }
  EXPECT_EQ(lines, expected);
  EXPECT_GT(lines.size(), 4'000U);
}

/// A pipe from which numbers are read, at one of which a step fails the first time.
class APipeThatIsReadAgain : public ::testing::TestWithParam<std::size_t> {};

TEST_P(APipeThatIsReadAgain, StaysOpenAndGivesWholeLines) {
  const TemporaryFolder folder;
  const std::string path = folder.path("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::thread writer{[&] {
    const int pipe = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    std::string lines;
    for (int number = 0; number < 3 * kMost; ++number) {
      lines += "number " + std::to_string(number) + '\n';
    }
    for (std::string_view rest{lines}; !rest.empty();) {
      const ssize_t written = ::write(pipe, rest.data(), std::min<std::size_t>(rest.size(), 1'000));
      ASSERT_GT(written, 0) << "the pipe was closed";
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
INSTANTIATE_TEST_SUITE_P(OnWorkers, APipeThatIsFull, ::testing::Values(1, 2, 4));

}  // namespace
}  // namespace weir
