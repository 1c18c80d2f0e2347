#include "coordinator/run_views.hpp"

#include <cstddef>
#include <cstdio>
#include <string_view>
#include <utility>

#include <spdlog/sinks/base_sink.h>

#include "os/terminal.hpp"
#include "os/unblocked_message.hpp"
#include "status/problems.hpp"
#include "status/summary.hpp"

namespace weir::detail::coordinator {
namespace {

// The log on standard error, in the place of the progress line.
class DisplayedLog final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit DisplayedLog(ProgressDisplay& display) : display_{&display} {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    display_->clear();
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
  void flush_() override { std::fflush(stderr); }

  ProgressDisplay* display_;
};

}  // namespace

/// The last warnings and errors of the log.
class RunViews::Problems final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  Problems() { set_level(spdlog::level::warn); }

  [[nodiscard]] std::vector<status::LoggedProblem> last() {
    const std::scoped_lock lock{mutex_};
    return {last_.begin(), last_.end()};
  }

 private:
  static constexpr std::size_t kMost = 20;

  void sink_it_(const spdlog::details::log_msg& message) override {
    last_.push_back({.at = message.time, .text = {message.payload.data(), message.payload.size()}});
    if (last_.size() > kMost) {
      last_.pop_front();
    }
  }
  void flush_() override {}

  std::deque<status::LoggedProblem> last_;
};

RunViews::RunViews(const ViewOptions& options)
    : summary_{options.summary},
      display_{options.progress, os::terminal_columns, os::write_unless_blocked},
      problems_{std::make_shared<Problems>()},
      site_{options.http ? std::make_unique<StatusSite>(*options.http) : nullptr} {}

RunViews::~RunViews() { display_.clear(); }

std::vector<spdlog::sink_ptr> RunViews::sinks() { return {std::make_shared<DisplayedLog>(display_), problems_}; }

Watcher RunViews::watcher() {
  const bool summed_up = summary_ == ShowSummary::kText || summary_ == ShowSummary::kJson;
  if (!display_.on() && !summed_up && site_ == nullptr) {
    return {};
  }
  return {.tell = [this](status::RunStatus&& status) { show(std::move(status)); }};
}

void RunViews::show(status::RunStatus&& status) {
  status.problems = status::problems_of(status, problems_->last());
  display_.show(status);
  if (site_ != nullptr) {
    site_->show(status);
  }
  last_ = std::move(status);
}

std::optional<http::Endpoint> RunViews::site() const {
  return site_ != nullptr ? std::optional{site_->endpoint()} : std::nullopt;
}

std::string RunViews::summary() const {
  if (!last_ || summary_ == ShowSummary::kNone) {
    return {};
  }
  if (summary_ == ShowSummary::kJson) {
    return status::summary_json(*last_);
  }
  const bool asked_for = summary_ == ShowSummary::kText;
  return asked_for || (display_.on() && last_->elapsed >= ProgressDisplay::kShort) ? status::summary(*last_)
                                                                                   : std::string{};
}

}  // namespace weir::detail::coordinator
