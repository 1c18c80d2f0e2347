#include "coordinator/profile_table.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace weir::detail::coordinator {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kShownWorkers = 16;  // more would not fit a line

class Table {
 public:
  explicit Table(const RunReport& report) : report_{report} {
    for (const WorkerProfile& worker : report.profile) {
      total_.push_back(worker.runtime + worker.waiting_for_input + worker.waiting_for_room);
      for (const StepProfile& step : worker.steps) {
        total_.back() += step.working + step.serializing + step.deserializing;
      }
      name_width_ = std::max(name_width_, kWaiting.size());
      for (const StepProfile& step : worker.steps) {
        name_width_ = std::max(name_width_, step.step_id.size() + kReading.size() + 1);
      }
    }
  }

  std::string text() && {
    head();
    for (std::size_t step = 0; step < report_.profile.front().steps.size(); ++step) {
      step_rows(step);
    }
    row("the runtime", &WorkerProfile::runtime);
    row(kWaiting, &WorkerProfile::waiting_for_input);
    row("waiting for room", &WorkerProfile::waiting_for_room);
    return std::move(text_);
  }

 private:
  static constexpr std::string_view kReading = "deserialize";
  static constexpr std::string_view kWaiting = "waiting for input";

  [[nodiscard]] std::size_t shown_workers() const { return std::min(report_.profile.size(), kShownWorkers); }

  template <typename... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
  }

  void head() {
    add("{:<{}} {:>7} {:>14} {:>9} {:>14}", "step", name_width_, "share", "items", "ns/item", "bytes");
    for (std::size_t worker = 0; worker < shown_workers(); ++worker) {
      add(" {:>6}", fmt::format("w{}", worker));
    }
    add("\n");
  }

  // Time of all workers by `time_of(worker)`: its share, and that of each worker. Nothing if there is none.
  template <typename TimeOf>
  void row(std::string_view name, TimeOf time_of, std::uint64_t items = 0, std::uint64_t bytes = 0) {
    nanoseconds time{};
    nanoseconds total{};
    for (std::size_t worker = 0; worker < report_.profile.size(); ++worker) {
      time += std::invoke(time_of, report_.profile[worker]);
      total += total_[worker];
    }
    if (time.count() == 0 && items == 0 && bytes == 0) {
      return;
    }
    add("{:<{}} {:>6.1f}% {:>14} {:>9} {:>14}", name, name_width_, share(time, total),
        items == 0 ? "" : fmt::to_string(items),
        items == 0 ? "" : fmt::format("{:.1f}", static_cast<double>(time.count()) / static_cast<double>(items)),
        bytes == 0 ? "" : fmt::to_string(bytes));
    for (std::size_t worker = 0; worker < shown_workers(); ++worker) {
      add(" {:>5.1f}%", share(std::invoke(time_of, report_.profile[worker]), total_[worker]));
    }
    add("\n");
  }

  void step_rows(std::size_t step) {
    std::uint64_t items = 0;
    std::uint64_t bytes = 0;
    for (const WorkerProfile& worker : report_.profile) {
      items += worker.steps[step].items;
      bytes += worker.steps[step].serialized_bytes;
    }
    const std::string& id = report_.profile.front().steps[step].step_id;
    row(id + " serialize", [step](const WorkerProfile& worker) { return worker.steps[step].serializing; }, 0, bytes);
    row(fmt::format("{} {}", id, kReading),
        [step](const WorkerProfile& worker) { return worker.steps[step].deserializing; });
    row(id, [step](const WorkerProfile& worker) { return worker.steps[step].working; }, items);
  }

  static double share(nanoseconds time, nanoseconds total) {
    return total.count() == 0 ? 0 : 100 * static_cast<double>(time.count()) / static_cast<double>(total.count());
  }

  const RunReport& report_;
  std::vector<nanoseconds> total_;
  std::size_t name_width_ = 0;
  std::string text_;
};

}  // namespace

std::string profile_table(const RunReport& report) { return Table{report}.text(); }

}  // namespace weir::detail::coordinator
