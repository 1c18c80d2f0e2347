#include "coordinator/process_report.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include "status/words.hpp"

namespace weir::detail::coordinator {
namespace {

using namespace std::chrono_literals;

constexpr auto kNotWorthSaying = 5s;
constexpr auto kSayAgain = 1min;
constexpr auto kShowAgain = 1s;
constexpr auto kGoesOn = 2s;  // a wait that begins again before is the same one

}  // namespace

void ProcessReport::write(Level level, std::string_view /*step*/, std::string_view line) {
  constexpr std::array kLevels{spdlog::level::debug, spdlog::level::info, spdlog::level::warn};
  if (logger_ != nullptr) {
    logger_->log(kLevels[static_cast<std::size_t>(level)], "application: {}", line);
  }
}

void ProcessReport::waits(std::string_view for_what) {
  const Time now = now_();
  std::optional<status::ApplicationState> shown;
  {
    const std::scoped_lock lock{mutex_};
    if (ended_ && now - *ended_ >= kGoesOn) {
      end_wait();
    }
    state_.waits_for = for_what;
    if (for_what.empty()) {
      ended_ = since_ ? std::optional{ended_.value_or(now)} : std::nullopt;
      return;
    }
    ended_.reset();
    since_ = since_.value_or(now);
    if (said_ ? now - *said_ >= kSayAgain : now - *since_ >= kNotWorthSaying) {
      said_ = now;
      if (logger_ != nullptr) {
        logger_->warn("application: for {} this process has waited for {}", status::time_text(now - *since_), for_what);
      }
    }
    if (between_runs_ && show_ && (!shown_ || now - *shown_ >= kShowAgain)) {
      shown_ = now;
      shown = state_;
    }
  }
  if (shown) {
    show_(*shown);
  }
}

void ProcessReport::end_wait() {
  if (said_ && logger_ != nullptr) {
    logger_->warn("application: after {} the wait is over", status::time_text(ended_.value_or(now_()) - *since_));
  }
  state_.waits_for.clear();
  since_.reset();
  ended_.reset();
  said_.reset();
}

void ProcessReport::took_over(std::uint64_t keys) {
  const std::scoped_lock lock{mutex_};
  state_.keys = keys;
  if (logger_ != nullptr) {
    logger_->info("application: the states of {} keys are read in {}", keys, status::time_text(now_() - dealt_));
  }
}

void ProcessReport::dealt(std::size_t shards, std::size_t of_shards) {
  const std::scoped_lock lock{mutex_};
  state_.shards = shards;
  state_.of_shards = of_shards;
  state_.keys = 0;
  dealt_ = now_();
}

void ProcessReport::set_between_runs(bool between) {
  const std::scoped_lock lock{mutex_};
  between_runs_ = between;
  if (!between) {
    end_wait();
  }
  shown_.reset();
}

status::ApplicationState ProcessReport::state() const {
  const std::scoped_lock lock{mutex_};
  return state_;
}

}  // namespace weir::detail::coordinator
