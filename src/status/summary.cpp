#include "status/summary.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "status/application_words.hpp"
#include "status/interval.hpp"
#include "status/step_summary.hpp"
#include "status/words.hpp"

namespace weir::detail::status {
namespace {

constexpr std::size_t kShownWorkers = 16;  // more would not fit a line

std::string count(double number) { return count_text(number); }

std::string count_or_blank(std::uint64_t number) { return number == 0 ? "" : fmt::to_string(number); }

class Text {
 public:
  explicit Text(const RunStatus& run) : run_{run}, steps_{summaries_of(run)} {}

  std::string text() && {
    sentences();
    step_table();
    worker_table();
    return std::move(text_);
  }

 private:
  template <typename... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
  }

  void sentences() {
    add("{}: {} items in and {} out in {}, {}/s.\n", in_quotes(run_.dataflow),
        count(static_cast<double>(run_.items_in())), count(static_cast<double>(run_.items_out())),
        time_text(run_.elapsed), count(per_second(run_.items_in(), run_.elapsed)));
    if (run_.application) {
      add("The process had {}.\n", application_text(*run_.application));
    }
    if (const runtime::Latency latency = run_.latency(); latency.count() > 0) {
      add("Half of the items take up to {} from their source to an output, 99 % up to {}.\n",
          latency_text(latency, 0.5), latency_text(latency, 0.99));
    }
    const StepSummary* const slowest = slowest_of(steps_);
    if (slowest == nullptr) {
      return;
    }
    add("The slowest step is {}: it takes {} of the workers' time", in_quotes(slowest->id),
        percent_text(slowest->share));
    if (slowest->items_in > 0) {
      add(", {:.0f} ns an item", static_cast<double>(slowest->busy.count()) / static_cast<double>(slowest->items_in));
    }
    add(".\nOver the whole run, {}.\n", what_held_back(run_));
  }

  static std::string latency_text(const runtime::Latency& latency, double part) {
    const double seconds = latency.quantile(part).value_or(0);
    return seconds < runtime::Latency::kBounds.front() ? "1 ms" : time_text(nanoseconds{std::llround(seconds * 1e9)});
  }

  // A column of the table of steps; one without any value is left out.
  void column(std::string_view head, const std::function<std::string(const StepSummary&)>& cell, bool to_the_left) {
    std::vector<std::string> cells;
    std::size_t width = head.size();
    bool any = false;
    for (const StepSummary& step : steps_) {
      cells.push_back(cell(step));
      any = any || !cells.back().empty();
      width = std::max(width, cells.back().size());
    }
    if (!any) {
      return;
    }
    cells.insert(cells.begin(), std::string{head});
    rows_.resize(cells.size());
    for (std::size_t row = 0; row < cells.size(); ++row) {
      rows_[row] += rows_[row].empty() ? "" : "  ";
      rows_[row] += to_the_left ? fmt::format("{:<{}}", cells[row], width) : fmt::format("{:>{}}", cells[row], width);
    }
  }

  void step_table() {
    const auto unquoted = [](const std::string& name) {
      const std::string text = in_quotes(name);
      return text.substr(1, text.size() - 2);
    };
    column("step", [&](const StepSummary& step) { return unquoted(step.id); }, true);
    column("operator", [&](const StepSummary& step) { return unquoted(step.op); }, true);
    column("items in", [](const StepSummary& step) { return fmt::to_string(step.items_in); }, false);
    column("out", [](const StepSummary& step) { return step.items_out ? fmt::to_string(*step.items_out) : ""; }, false);
    column("late", [](const StepSummary& step) { return count_or_blank(step.late); }, false);
    column("skipped", [](const StepSummary& step) { return count_or_blank(step.skipped); }, false);
    column("keys held", [](const StepSummary& step) { return count_or_blank(step.keys_held); }, false);
    column(
        "time", [](const StepSummary& step) { return step.busy > nanoseconds{} ? percent_text(step.share) : ""; },
        false);
    add_rows();
  }

  void add_rows() {
    text_ += '\n';
    for (const std::string& row : rows_) {
      add("{}\n", std::string_view{row}.substr(0, row.find_last_not_of(' ') + 1));
    }
    rows_.clear();
  }

  void worker_row(std::string_view name, const std::function<std::string(std::size_t)>& cell) {
    std::string row = fmt::format("{:<17}", name);
    for (std::size_t worker = 0; worker < std::min(run_.workers.size(), kShownWorkers); ++worker) {
      row += fmt::format(" {:>7}", cell(worker));
    }
    rows_.push_back(std::move(row));
  }

  void worker_table() {
    if (run_.workers.empty()) {
      return;
    }
    const auto share_of = [this](std::size_t worker, nanoseconds time) {
      return percent_text(share(time, time_of_worker(run_, worker)));
    };
    worker_row("worker", [](std::size_t worker) { return fmt::to_string(worker); });
    worker_row("items", [this](std::size_t worker) {
      std::uint64_t items = 0;
      for (const StepState& step : run_.steps) {
        items += step.workers[worker].items;
      }
      return count(static_cast<double>(items));
    });
    worker_row("busy", [&](std::size_t worker) {
      const WorkerState& state = run_.workers[worker];
      return share_of(worker, time_of_worker(run_, worker) - state.waiting_for_input - state.waiting_for_room);
    });
    worker_row("waits for input",
               [&](std::size_t worker) { return share_of(worker, run_.workers[worker].waiting_for_input); });
    worker_row("waits for room",
               [&](std::size_t worker) { return share_of(worker, run_.workers[worker].waiting_for_room); });
    add_rows();
    if (run_.workers.size() > kShownWorkers) {
      add("and {} more workers\n", run_.workers.size() - kShownWorkers);
    }
  }

  const RunStatus& run_;
  std::vector<StepSummary> steps_;
  std::vector<std::string> rows_;
  std::string text_;
};

}  // namespace

std::string summary(const RunStatus& run) { return Text{run}.text(); }

}  // namespace weir::detail::status
