#include "coordinator/run_options.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "os/cores.hpp"
#include "weir/errors.hpp"

namespace weir::detail::coordinator {
namespace {

void check_duration(std::string_view name, std::chrono::nanoseconds given, std::chrono::nanoseconds least) {
  if (given < least) {
    throw UsageError{
        fmt::format("RunOptions::{}: found {} ns; expected at least {} ns", name, given.count(), least.count())};
  }
}

// Two workers on one core would take turns while another core idles, and all workers wait for these two.
void check_cores(std::size_t workers) {
  if (const std::size_t cores = os::usable_cores().size(); workers > cores) {
    throw UsageError{fmt::format(
        "RunOptions::pin: found {} workers, but this process may use only {} core{}; take fewer workers, or pin none",
        workers, cores, cores == 1 ? "" : "s")};
  }
}

}  // namespace

void check(const RunOptions& options) {
  if (options.workers > kMaxWorkers) {
    throw UsageError{fmt::format("RunOptions::workers: found {}; expected 1 to {}, or 0 for one per core",
                                 options.workers, kMaxWorkers)};
  }
  if (options.exchange != ExchangeMode::kCereal && options.exchange != ExchangeMode::kMove) {
    throw UsageError{
        fmt::format("RunOptions::exchange: found {}; expected kCereal or kMove", static_cast<int>(options.exchange))};
  }
  check_duration("drain_timeout", options.drain_timeout, std::chrono::nanoseconds{0});
  check_duration("epoch_interval", options.epoch_interval, std::chrono::nanoseconds{1});
  check_duration("restart_delay", options.restart_delay, std::chrono::nanoseconds{0});
  if (options.application != nullptr && !options.recovery.empty()) {
    throw UsageError{
        "RunOptions::recovery: an application keeps its snapshots in Kafka; leave out the recovery directory"};
  }
  if (options.restarts > 0 && options.recovery.empty() && options.application == nullptr) {
    throw UsageError{
        "RunOptions::restarts: without snapshots a restart would read all input again; name a recovery directory"};
  }
  if (options.pin) {
    check_cores(worker_count(options));
  }
}

std::size_t worker_count(const RunOptions& options) {
  return options.workers == 0 ? std::min(os::core_count(), kMaxWorkers) : options.workers;
}

std::chrono::nanoseconds timer_span(std::chrono::nanoseconds asked) {
  constexpr std::chrono::hours kYears{20 * 365 * 24};
  return std::min<std::chrono::nanoseconds>(asked, kYears);
}

}  // namespace weir::detail::coordinator
