// A source of your own: the binary logs of devices, one partition for each. It reads on the I/O thread, resumes where
// the last run ended, and reports records that cannot be used. The main function tests that it recovers.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <weir/testing_recovery.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

using Celsius = std::int32_t;                     // a log is a row of these
using Reading = std::pair<std::string, Celsius>;  // device and temperature
using Block = std::vector<Celsius>;

Block read_block(std::ifstream& log) {
  Block block(1024);
  log.read(reinterpret_cast<char*>(block.data()), static_cast<std::streamsize>(block.size() * sizeof(Celsius)));
  if (log.bad()) {
    throw std::runtime_error{"the log cannot be read"};
  }
  block.resize(static_cast<std::size_t>(log.gcount()) / sizeof(Celsius));
  return block;  // empty at the end of the log
}

class DeviceLog final : public weir::SourcePartition<Reading> {
 public:
  DeviceLog(std::string device, const std::string& path, std::uint64_t position, const weir::OpenContext& context)
      : device_{std::move(device)}, position_{position}, waker_{context.waker}, io_{context.io} {
    log_->open(path, std::ios::binary);
    if (!log_->seekg(static_cast<std::streamoff>(position * sizeof(Celsius)))) {
      throw weir::UsageError{"\"" + path + "\" cannot be read"};
    }
    fetch();
  }

  weir::Poll poll(weir::Emit<Reading>& emit) override {
    while (emit.open()) {
      if (next_ < block_.size()) {
        give(block_[next_++], emit);
      } else if (fetched_.wait_for(0s) != std::future_status::ready) {
        return weir::Poll::idle();  // until the waker is called
      } else {
        block_ = fetched_.get();  // throws what the job threw
        next_ = 0;
        if (block_.empty()) {
          return weir::Poll::end();
        }
        fetch();
      }
    }
    return weir::Poll::more();
  }

  [[nodiscard]] std::string position() const override { return std::to_string(position_); }
  [[nodiscard]] bool ends() const override { return true; }

 private:
  void give(Celsius celsius, weir::Emit<Reading>& emit) {
    const std::uint64_t record = position_++;
    if (celsius >= -273) {
      emit({device_, celsius});
      return;
    }
    const std::string error = device_ + ":" + std::to_string(record) + ": colder than -273 degrees";
    if (!emit.takes_bad_records()) {
      throw weir::InputError{error};
    }
    emit.bad_record(error, std::to_string(celsius));
  }

  void fetch() {
    const auto job = std::make_shared<std::packaged_task<Block()>>([log = log_] { return read_block(*log); });
    fetched_ = job->get_future();
    io_.submit([job, waker = waker_] {
      (*job)();
      waker.wake();
    });
  }

  std::string device_;
  std::uint64_t position_;  // how many records were given
  weir::Waker waker_;
  weir::IoThread& io_;
  std::shared_ptr<std::ifstream> log_ = std::make_shared<std::ifstream>();  // a job may outlive the partition
  std::future<Block> fetched_;
  Block block_;
  std::size_t next_ = 0;  // in the block
};

class DeviceLogs {
 public:
  using Item = Reading;

  DeviceLogs(fs::path folder, std::vector<std::string> devices)
      : folder_{std::move(folder)}, devices_{std::move(devices)} {}

  [[nodiscard]] std::vector<std::string> partitions() const { return devices_; }

  [[nodiscard]] std::unique_ptr<weir::SourcePartition<Reading>> open(const std::string& device,
                                                                     const std::optional<std::string>& position,
                                                                     const weir::OpenContext& context) const {
    return std::make_unique<DeviceLog>(device, folder_ / device, position ? std::stoull(*position) : 0, context);
  }

  [[nodiscard]] std::vector<weir::Resource> resources() const {
    std::vector<weir::Resource> logs;
    for (const std::string& device : devices_) {
      logs.push_back(weir::Resource::file(folder_ / device));
    }
    return logs;
  }

  [[nodiscard]] std::string position_shape() const { return "record of a device log"; }

 private:
  fs::path folder_;
  std::vector<std::string> devices_;
};

void append(const fs::path& log, const std::vector<Celsius>& records) {
  std::ofstream{log, std::ios::binary | std::ios::app}.write(
      reinterpret_cast<const char*>(records.data()), static_cast<std::streamsize>(records.size() * sizeof(Celsius)));
}

}  // namespace

int main() {
  const fs::path folder = fs::temp_directory_path() / ("weir_own_source_" + std::to_string(std::random_device{}()));
  fs::create_directories(folder);
  const weir::testing::Decided<Reading> readings;  // keeps over all runs what was emitted exactly once
  const weir::testing::Decided<weir::BadRecord> bad_records;

  const auto run = [&](std::size_t workers, Celsius fails_at) {
    weir::Dataflow flow{"own_source"};
    auto [good, bad] = flow.try_input("logs", DeviceLogs{folder, {"attic", "cellar"}});
    good | op::inspect("fail", [fails_at](const Reading& reading) {
      if (reading.second == fails_at) {
        throw std::runtime_error{"interrupted"};
      }
    }) | op::output("readings", readings);
    bad | op::output("bad", bad_records);
    weir::RunOptions options;
    options.workers = workers;
    options.recovery = folder / "recovery";
    try {
      weir::run(flow, options);
    } catch (const weir::StepError& error) {
      std::cout << "a run failed in step " << error.step_id() << '\n';
    }
  };

  append(folder / "attic", {20, 21});
  append(folder / "cellar", {11, -999, 12});
  run(2, 100);
  append(folder / "attic", {22, 23});  // the logs grow: the next runs resume after what was read
  append(folder / "cellar", {13});
  run(3, 23);
  run(1, 100);

  for (const auto& [device, celsius] : readings.items()) {
    std::cout << device << ' ' << celsius << '\n';
  }
  for (const weir::BadRecord& bad : bad_records.items()) {
    std::cout << bad.input << ": " << bad.error << '\n';
  }
  fs::remove_all(folder);
}
