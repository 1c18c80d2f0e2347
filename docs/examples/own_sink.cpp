// A sink of your own, at-least-once: each worker has a partition, which appends lines to a file on the I/O thread,
// holds back what feeds it while the disk is slow, and reports a write that failed. exactly_once_sink.cpp goes further.

#include <chrono>
#include <concepts>
#include <cstddef>
#include <deque>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <memory>
#include <random>
#include <ranges>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <weir/weir.hpp>

namespace op = weir::op;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

struct Alert {
  int second;
  int celsius;
};

void append(const fs::path& path, const std::string& lines) {
  std::ofstream file{path, std::ios::app};
  if (!(file << lines << std::flush)) {
    throw std::runtime_error{"\"" + path.string() + "\" cannot be written"};
  }
}

class AlertFile {
 public:
  explicit AlertFile(fs::path path) : path_{std::move(path)} {}

  template <std::same_as<Alert> T>  // the items that it takes
  [[nodiscard]] std::unique_ptr<weir::SinkPartition<T>> open(const weir::OpenContext& context) const {
    return std::make_unique<Partition>(path_, context);
  }

  [[nodiscard]] std::vector<weir::Resource> resources() const { return {weir::Resource::file(path_)}; }

 private:
  class Partition final : public weir::SinkPartition<Alert> {
   public:
    Partition(fs::path path, const weir::OpenContext& context)
        : path_{std::move(path)}, waker_{context.waker}, io_{context.io} {}

    void write(Alert&& alert) override {
      lines_ += "second " + std::to_string(alert.second) + ": " + std::to_string(alert.celsius) + " degrees\n";
      if (lines_.size() >= 4096) {
        flush();
      }
    }

    void flush() override {
      if (!lines_.empty()) {
        const auto job = std::make_shared<std::packaged_task<void()>>(
            [path = path_, lines = std::exchange(lines_, {})] { append(path, lines); });
        writes_.push_back(job->get_future());
        io_.submit([job, waker = waker_] {
          (*job)();      // keeps an exception in the future
          waker.wake();  // the worker asks ready() or drained() again
        });
      }
    }

    [[nodiscard]] bool ready() override { return count_unfinished() < kMaxWrites; }
    [[nodiscard]] bool drained() override { return count_unfinished() == 0; }

   private:
    static constexpr std::size_t kMaxWrites = 4;

    /// @throws what a write threw
    std::size_t count_unfinished() {
      while (!writes_.empty() && writes_.front().wait_for(0s) == std::future_status::ready) {
        std::future<void> finished = std::move(writes_.front());
        writes_.pop_front();
        finished.get();
      }
      return writes_.size();
    }

    fs::path path_;
    weir::Waker waker_;
    weir::IoThread& io_;
    std::string lines_;                     // not yet submitted
    std::deque<std::future<void>> writes_;  // in the order of the I/O thread
  };

  fs::path path_;
};

}  // namespace

int main(int argc, char** argv) {
  const fs::path path = fs::temp_directory_path() / ("weir_own_sink_" + std::to_string(std::random_device{}()));
  weir::Dataflow flow{"own_sink"};
  flow.input("seconds", weir::RangeInput{std::views::iota(0, 3'000)}) | op::redistribute("share") |
      op::map("measure", [](int second) { return Alert{second, second % 997}; }) |
      op::filter("hot", [](const Alert& alert) { return alert.celsius > 994; }) | op::output("alerts", AlertFile{path});
  const int exit = weir::run_main(std::move(flow), argc, argv);

  std::ifstream alerts{path};
  for (std::string line; std::getline(alerts, line);) {
    std::cout << line << '\n';
  }
  fs::remove(path);
  return exit;
}
