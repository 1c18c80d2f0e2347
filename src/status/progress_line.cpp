#include "status/progress_line.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "status/interval.hpp"
#include "status/lag.hpp"
#include "status/words.hpp"

namespace weir::detail::status {
namespace {

/// What is shown, in the order of the line.
enum class Part : std::uint8_t {
  kPhase,
  kEnded,
  kItemsIn,
  kItemsOut,
  kRate,
  kPartRead,
  kTimeLeft,
  kLag,
  kEventTimeLag,
  kEpoch,
  kMemory,
};

/// The most important one first.
constexpr std::array kByImportance{Part::kItemsIn, Part::kPhase,    Part::kRate,     Part::kPartRead,
                                   Part::kLag,     Part::kTimeLeft, Part::kItemsOut, Part::kEventTimeLag,
                                   Part::kEpoch,   Part::kEnded,    Part::kMemory};

std::optional<nanoseconds> time_left(const ProgressPoint& now, const ProgressPoint& before) {
  if (!now.part_read || !before.part_read || *now.part_read <= *before.part_read || *now.part_read >= 1) {
    return std::nullopt;
  }
  constexpr double kLongest = 100 * 86'400;
  const double seconds =
      (1 - *now.part_read) / (*now.part_read - *before.part_read) * in_seconds(now.elapsed - before.elapsed);
  return seconds > kLongest ? std::nullopt : std::optional{std::chrono::nanoseconds{std::llround(seconds * 1e9)}};
}

std::string restart_text(const RunStatus& run) {
  return run.restart ? fmt::format("restarting in {} ({} of {})", time_text(run.restart->wait), run.restart->attempt,
                                   run.restart->most)
                     : "restarting";
}

std::string waits_text(const RunStatus& run) {
  return "waits for " + (run.application ? run.application->waits_for : std::string{"shards"});
}

class Line {
 public:
  Line(const RunStatus& now, const ProgressPoint& earlier) {
    const ProgressPoint here = progress_of(now);
    const bool counts_on = earlier.elapsed < here.elapsed && earlier.items_in <= here.items_in &&
                           earlier.restarts == here.restarts;  // a restart counts anew
    const ProgressPoint before = counts_on ? earlier : ProgressPoint{};
    const bool waits = now.phase == RunStatus::Phase::kWaiting;
    const bool restarts = waits || now.phase == RunStatus::Phase::kRestarting;
    if (now.phase == RunStatus::Phase::kStopping) {
      add(Part::kPhase, "stopping");
    } else if (restarts) {
      add(Part::kPhase, waits ? waits_text(now) : restart_text(now));
    }
    const auto ended = std::ranges::count(now.workers, true, &WorkerState::ended);
    if (ended > 0 && !restarts && now.phase != RunStatus::Phase::kEnded) {
      add(Part::kEnded, fmt::format("{} of {} workers ended", ended, now.workers.size()));
    }
    add(Part::kItemsIn, count_text(static_cast<double>(here.items_in)) + " in");
    add(Part::kItemsOut, count_text(static_cast<double>(now.items_out())) + " out");
    add(Part::kRate, count_text(per_second(here.items_in - before.items_in, here.elapsed - before.elapsed)) + "/s");
    if (here.part_read) {
      add(Part::kPartRead, fmt::format("{:.0f} %", std::floor(std::clamp(*here.part_read, 0.0, 1.0) * 100)));
      if (const std::optional<nanoseconds> left = time_left(here, before)) {
        add(Part::kTimeLeft, time_text(*left) + " left");
      }
    } else {
      add_lags(now);
    }
    if (now.keeps_snapshots && !restarts) {
      add(Part::kEpoch, fmt::format("epoch {} for {}", now.epochs.open, time_text(now.epochs.open_for)));
    }
    if (now.resident_bytes > 0) {
      add(Part::kMemory, bytes_text(now.resident_bytes));
    }
  }

  std::string fitted(std::size_t columns) && {
    const std::size_t room = columns == 0 ? 0 : columns - 1;
    for (auto part = kByImportance.rbegin(); part != kByImportance.rend() - 1 && text().size() > room; ++part) {
      std::erase_if(parts_, [&part](const auto& each) { return each.first == *part; });
    }
    return text().substr(0, room);
  }

 private:
  void add(Part part, std::string text) { parts_.emplace_back(part, std::move(text)); }

  void add_lags(const RunStatus& now) {
    const Lag lag = lag_of(now);
    if (lag.bytes) {
      add(Part::kLag, bytes_text(*lag.bytes) + " behind");
    }
    if (lag.items) {
      add(Part::kLag, count_text(static_cast<double>(*lag.items)) + " items behind");
    }
    if (lag.event_time) {
      add(Part::kEventTimeLag, "event time " + time_text(*lag.event_time) + " behind");
    }
  }

  [[nodiscard]] std::string text() const {
    std::string line;
    for (const auto& [part, text] : parts_) {
      line += line.empty() ? "" : ", ";
      line += text;
    }
    return line;
  }

  std::vector<std::pair<Part, std::string>> parts_;
};

}  // namespace

ProgressPoint progress_of(const RunStatus& run) {
  return {run.elapsed, run.items_in(), run.part_read(), run.epochs.failed};
}

std::string progress_line(const RunStatus& now, const ProgressPoint& before, std::size_t columns) {
  return Line{now, before}.fitted(columns);
}

}  // namespace weir::detail::status
