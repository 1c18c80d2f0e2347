// A sink of your own, exactly-once: each epoch becomes a file of its own, which readers see once the epoch is decided.
// The first run fails in the middle, the second resumes it.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <ranges>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <weir/weir.hpp>

namespace op = weir::op;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

void write_file(const fs::path& path, const std::string& lines) {
  std::ofstream file{path};
  if (!(file << lines << std::flush)) {  // to survive a loss of power, fsync the file and its folder too
    throw std::runtime_error{"\"" + path.string() + "\" cannot be written"};
  }
}

/// Makes an epoch's file visible. Does nothing if that was done before.
void show(const fs::path& folder, const std::string& token) {
  if (fs::exists(folder / (token + ".pending"))) {
    fs::rename(folder / (token + ".pending"), folder / (token + ".txt"));
  }
}

class EpochFolder final : public weir::TransactionalPartition<std::string> {
 public:
  EpochFolder(fs::path folder, std::uint64_t execution, const weir::OpenContext& context)
      : folder_{std::move(folder)}, execution_{execution}, waker_{context.waker}, io_{context.io} {}

  void write(std::string&& line) override { lines_ += line + '\n'; }

  // The next epoch waits for the disk: else it would grow meanwhile, in memory.
  [[nodiscard]] bool ready() override { return prepared_.empty(); }

  void prepare(weir::Epoch epoch) override {
    const std::string token = std::to_string(execution_) + "-" + std::to_string(epoch.value);
    prepared_.push_back({token, submit([path = folder_ / (token + ".pending"), lines = std::exchange(lines_, {})] {
                           write_file(path, lines);
                         })});
  }

  [[nodiscard]] std::optional<std::string> prepared() override {
    if (prepared_.empty() || !is_done(prepared_.front().written)) {
      return std::nullopt;
    }
    Prepared oldest = std::move(prepared_.front());
    prepared_.pop_front();
    oldest.written.get();  // throws if the file could not be written: the epoch then stays undecided
    token_ = oldest.token;
    return oldest.token;
  }

  void commit() override {
    shown_ = submit([folder = folder_, token = token_] { show(folder, token); });
  }

  [[nodiscard]] bool committed() override {
    if (!shown_.valid()) {
      return true;
    }
    if (!is_done(shown_)) {
      return false;
    }
    shown_.get();  // throws if the file could not be renamed: a resume tries again
    return true;
  }

 private:
  struct Prepared {
    std::string token;
    std::future<void> written;
  };

  static bool is_done(const std::future<void>& job) { return job.wait_for(0s) == std::future_status::ready; }

  std::future<void> submit(std::function<void()> call) {
    const auto job = std::make_shared<std::packaged_task<void()>>(std::move(call));
    std::future<void> done = job->get_future();
    io_.submit([job, waker = waker_] {
      (*job)();      // keeps an exception in the future
      waker.wake();  // the worker asks prepared() or committed() again
    });
    return done;
  }

  fs::path folder_;
  std::uint64_t execution_;
  weir::Waker waker_;
  weir::IoThread& io_;
  std::string lines_;              // of the open epoch
  std::deque<Prepared> prepared_;  // epochs without a token, the oldest first
  std::string token_;              // the newest that was given out
  std::future<void> shown_;        // the last commit; none if that has been looked at
};

/// A sink of lines with one partition in all.
class EpochFiles {
 public:
  explicit EpochFiles(fs::path folder) : folder_{std::move(folder)} {}

  void format(const std::string& item, std::string& line) const { line += item; }
  [[nodiscard]] bool transactional() const { return true; }
  [[nodiscard]] std::vector<weir::Resource> resources() const { return {weir::Resource::directory(folder_)}; }

  [[nodiscard]] std::unique_ptr<weir::SinkPartition<std::string>> open(const weir::OpenContext& /*context*/) const {
    throw weir::UsageError{"EpochFiles: needs a run with a recovery directory"};
  }

  [[nodiscard]] std::unique_ptr<weir::TransactionalPartition<std::string>> resume(
      const weir::OpenContext& context, const weir::SinkResume& resume) const {
    fs::create_directories(folder_);
    if (resume.token) {
      show(folder_, *resume.token);  // decided, but a crash may have come before it was visible
    }
    for (const fs::directory_entry& file : fs::directory_iterator{folder_}) {
      if (file.path().extension() == ".pending") {
        fs::remove(file);  // of an epoch that was never decided: its items come again
      }
    }
    return std::make_unique<EpochFolder>(folder_, resume.execution, context);
  }

 private:
  fs::path folder_;
};

void run(const fs::path& folder, std::size_t workers, int fails_at) {
  weir::Dataflow flow{"exactly_once_sink"};
  flow.input("numbers", weir::RangeInput{std::views::iota(0, 10'000)}) | op::redistribute("share") |
      op::map("order",
              [fails_at](int number) {
                if (number == fails_at) {
                  throw std::runtime_error{"interrupted"};
                }
                return "order " + std::to_string(number);
              }) |
      op::output("orders", EpochFiles{folder / "orders"});
  weir::RunOptions options;
  options.workers = workers;
  options.recovery = folder / "recovery";
  options.epoch_items = 1000;
  weir::run(flow, options);
}

}  // namespace

int main() {
  const fs::path folder = fs::temp_directory_path() / ("weir_epoch_files_" + std::to_string(std::random_device{}()));
  fs::create_directories(folder);
  try {
    run(folder, 2, 7'000);
  } catch (const weir::StepError& error) {
    std::cout << "the first run failed in step " << error.step_id() << '\n';
  }
  run(folder, 3, -1);

  std::multiset<std::string> orders;
  for (const fs::directory_entry& entry : fs::directory_iterator{folder / "orders"}) {
    std::ifstream file{entry.path()};
    for (std::string line; std::getline(file, line);) {
      orders.insert(line);
    }
  }
  const std::set<std::string> different{orders.begin(), orders.end()};
  std::cout << different.size() << " orders, " << orders.size() - different.size() << " of them twice\n";
  fs::remove_all(folder);
}
