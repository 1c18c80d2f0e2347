#include "latencies.hpp"

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>

#include "floor_sessions.hpp"
#include "statistics.hpp"
#include "timed_sessions.hpp"
#include "trial.hpp"

namespace weir::bench {
namespace {

void check_same(const Outcome& floor, const Outcome& weir) {
  if (floor.outputs != weir.outputs || floor.sum != weir.sum) {
    throw std::runtime_error{"workload L: weir counted " + std::to_string(weir.outputs) + " outputs, sum " +
                             std::to_string(weir.sum) + "; the floor " + std::to_string(floor.outputs) + ", sum " +
                             std::to_string(floor.sum)};
  }
}

// A side that is further behind at the end did not hold the rate.
constexpr double kLateMicroseconds = 100'000;

void print_row(const LatencyResult& result, const std::string& side, const std::vector<double>& p50,
               const std::vector<double>& p99, const std::vector<double>& p999, const std::vector<double>& max,
               const std::vector<double>& cores_used) {
  std::printf("%-10s %9s %-12s %9.1f %9.1f %9.1f %9.1f %12.2f", result.workload.c_str(),
              std::to_string(result.rate).c_str(), side.c_str(), median(p50), median(p99), median(p999), median(max),
              median(cores_used));
}

void print_rows(const LatencyResult& result) {
  print_row(result, result.opponent, result.opponent_p50, result.opponent_p99, result.opponent_p999,
            result.opponent_max, result.opponent_cores_used);
  std::printf("\n");
  print_row(result, "weir " + result.exchange, result.p50, result.p99, result.p999, result.max, result.cores_used);
  const bool noisy = middle_spread(result.ratios()) > 0.5;
  const bool late = std::ranges::max(result.behind) > kLateMicroseconds;
  std::printf("  p99 by the floor's %.2f%s%s\n", 1 / median(result.ratios()),
              noisy ? ", inconclusive: the machine was too noisy" : "", late ? ", the rate was not held" : "");
  std::fflush(stdout);
}

LatencyResult measure(std::uint64_t rate, const Options& options, const std::string& exchange) {
  constexpr std::size_t kWorkers = 2;
  LatencyResult result{.workload = "L",
                       .opponent = "floor",
                       .rate = rate,
                       .seconds = options.seconds,
                       .workers = kWorkers,
                       .exchange = exchange,
                       .cores = std::thread::hardware_concurrency()};
  const Setup setup{kWorkers, exchange == "move" ? ExchangeMode::kMove : ExchangeMode::kCereal};
  for (std::size_t pair = 0; pair < options.pairs; ++pair) {
    const Trial floor = try_in_child([&] { return floor_of_timed_sessions(rate, options.seconds); });
    const Trial weir = try_in_child([&] { return run_timed_sessions(rate, options.seconds, setup); });
    check_same(floor.outcome, weir.outcome);
    const Latencies& theirs = floor.outcome.latencies;
    const Latencies& ours = weir.outcome.latencies;
    result.opponent_p50.push_back(theirs.p50);
    result.p50.push_back(ours.p50);
    result.opponent_p99.push_back(theirs.p99);
    result.p99.push_back(ours.p99);
    result.opponent_p999.push_back(theirs.p999);
    result.p999.push_back(ours.p999);
    result.opponent_max.push_back(theirs.max);
    result.max.push_back(ours.max);
    result.opponent_cores_used.push_back(floor.cpu_seconds / floor.outcome.seconds);
    result.cores_used.push_back(weir.cpu_seconds / weir.outcome.seconds);
    result.behind.insert(result.behind.end(), {theirs.behind, ours.behind});
  }
  return result;
}

}  // namespace

std::vector<LatencyResult> measure_latencies(const Options& options) {
  std::vector<LatencyResult> results;
  std::printf("%-10s %9s %-12s %9s %9s %9s %9s %12s\n", "workload", "events/s", "side", "p50 us", "p99 us", "p99.9 us",
              "max us", "cores used");
  for (const std::uint64_t rate : options.rates) {
    for (const std::string& exchange : options.exchanges) {
      results.push_back(measure(rate, options, exchange));
      print_rows(results.back());
    }
  }
  return results;
}

}  // namespace weir::bench
