#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include <spdlog/logger.h>

#include "coordinator/application.hpp"
#include "status/run_status.hpp"

namespace weir::detail::coordinator {

/// Says what a process of an application waits for: in the log after a few seconds, and then each minute; and, while
/// there is no run that tells of itself, to whoever watches. What it waits for may change, and a call or two may
/// succeed in between: that is one wait. From any thread.
class ProcessReport final : public ApplicationReport {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Now = std::function<Time()>;
  using Show = std::function<void(const status::ApplicationState&)>;

  /// @param logger  null: says nothing
  /// @param show    called at most once a second, by the thread that waits, and only between runs
  ProcessReport(std::shared_ptr<spdlog::logger> logger, Now now, Show show)
      : logger_{std::move(logger)}, now_{std::move(now)}, show_{std::move(show)} {}

  void write(Level level, std::string_view step, std::string_view line) override;
  void waits(std::string_view for_what) override;
  void took_over(std::uint64_t keys) override;

  void dealt(std::size_t shards, std::size_t of_shards);
  /// A run begins or has ended.
  void set_between_runs(bool between);

  [[nodiscard]] status::ApplicationState state() const;

 private:
  void end_wait();

  std::shared_ptr<spdlog::logger> logger_;
  Now now_;
  Show show_;
  mutable std::mutex mutex_;
  status::ApplicationState state_;
  Time dealt_;  // when the shards were
  bool between_runs_ = true;
  std::optional<Time> since_;  // when the wait began
  std::optional<Time> ended_;  // and ended, unless it goes on soon
  std::optional<Time> said_;
  std::optional<Time> shown_;
};

}  // namespace weir::detail::coordinator
