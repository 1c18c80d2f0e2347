#include "throughput.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "baseline_counts.hpp"
#include "baseline_joins.hpp"
#include "baseline_json.hpp"
#include "baseline_sessions.hpp"
#include "baseline_windows.hpp"
#include "baseline_words.hpp"
#include "counts.hpp"
#include "floor_records.hpp"
#include "floor_sessions.hpp"
#include "joins.hpp"
#include "json_sessions.hpp"
#include "mix.hpp"
#include "records.hpp"
#include "sessions.hpp"
#include "statistics.hpp"
#include "trial.hpp"
#include "weir_joins.hpp"
#include "weir_windows.hpp"
#include "windows.hpp"
#include "words.hpp"
#include "workloads.hpp"

namespace weir::bench {
namespace {

/// A workload at its size, and what it is held against.
struct Contest {
  std::string workload;
  std::string opponent;
  std::uint64_t size;
  std::function<Outcome(std::uint64_t)> run_opponent;
  std::function<Outcome(std::uint64_t, const Setup&)> run_weir;
  std::optional<Outcome> answer;  ///< where it is known; elsewhere both sides must agree
};

std::optional<Outcome> known_sessions(std::uint64_t users) {
  switch (users) {
    case 200'000:
      return Outcome{.events = 1'898'881, .outputs = 499'364, .sum = 333'289};
    case 1'000'000:
      return Outcome{.events = 9'503'439, .outputs = 2'501'219, .sum = 1'667'655};
    default:
      return std::nullopt;
  }
}

std::optional<Outcome> known_words(std::uint64_t lines) {
  return lines == 500'000 ? std::optional{Outcome{.events = 8'000'000, .outputs = 100'000, .sum = 648'029'400}}
                          : std::nullopt;
}

std::optional<Outcome> known_counts(std::uint64_t numbers) {
  return numbers == 20'000'000 ? std::optional{Outcome{.events = numbers, .outputs = 100'000, .sum = 4'020'064'410}}
                               : std::nullopt;
}

Outcome known_records(std::uint64_t records) {
  Outcome answer{.events = records, .outputs = records};
  for (std::uint64_t n = 0; n < records; ++n) {
    answer.sum ^= mix(n);
  }
  return answer;
}

Contest make_contest(const std::string& workload, const Options& options) {
  if (workload == "S") {
    return {
        workload, "hand-written", options.users, hand_written_sessions, run_sessions, known_sessions(options.users)};
  }
  if (workload == "S-floor") {
    return {workload, "floor", options.users, floor_of_sessions, run_sessions, known_sessions(options.users)};
  }
  if (workload == "S-tutorial") {
    return {workload,
            "hand-written",
            options.users,
            hand_written_sessions,
            run_tutorial_sessions,
            known_sessions(options.users)};
  }
  if (workload == "W") {
    return {workload, "hand-written", options.lines, hand_written_words, run_words, known_words(options.lines)};
  }
  if (workload == "W-combined") {
    return {workload,           "hand-written",     options.lines,
            hand_written_words, run_combined_words, known_words(options.lines)};
  }
  if (workload == "K") {
    return {workload,
            "hand-written",
            options.numbers,
            hand_written_counts,
            run_counts<100'000>,
            known_counts(options.numbers)};
  }
  if (workload == "K-few") {
    return {workload, "hand-written", options.numbers, hand_written_few_counts, run_counts<1'000>, std::nullopt};
  }
  if (workload == "JSON") {
    // Both sides read one file, which goes with the contest: each holds it.
    const auto log = std::make_shared<const SessionLog>(options.logged_users);
    return {workload,
            "hand-written",
            options.logged_users,
            [log](std::uint64_t) { return hand_written_json_sessions(log->path()); },
            [log](std::uint64_t, const Setup& setup) { return run_json_sessions(*log, setup); },
            known_sessions(options.logged_users)};
  }
  if (workload == "JSON-parts") {
    const auto log = std::make_shared<const SessionLog>(options.logged_users);
    return {workload,
            "hand-written",
            options.logged_users,
            [log](std::uint64_t) { return hand_written_json_counts(log->path()); },
            [log](std::uint64_t, const Setup& setup) { return run_json_counts(*log, setup); },
            std::nullopt};
  }
  if (workload == "T") {
    return {workload,
            "hand-written",
            options.events,
            hand_written_tumbling_windows,
            run_tumbling_windows,
            known_tumbling_windows(options.events)};
  }
  if (workload == "SL") {
    return {workload,
            "hand-written",
            options.events,
            hand_written_sliding_windows,
            run_sliding_windows,
            known_sliding_windows(options.events)};
  }
  if (workload == "SE") {
    return {workload,
            "hand-written",
            options.events,
            hand_written_session_windows,
            run_session_windows,
            known_session_windows(options.events)};
  }
  if (workload == "J") {
    return {workload, "hand-written", options.items, hand_written_join, run_join, known_join(options.items)};
  }
  return {workload, "floor", options.records, RecordsFloor::run, run_records, known_records(options.records)};
}

void check(const Contest& contest, const char* side, const Outcome& found, const Outcome& due) {
  if (found.events != due.events || found.outputs != due.outputs || found.sum != due.sum) {
    throw std::runtime_error{"workload " + contest.workload + ": " + side + " counted " + std::to_string(found.events) +
                             " events, " + std::to_string(found.outputs) + " outputs, sum " +
                             std::to_string(found.sum) + "; right are " + std::to_string(due.events) + ", " +
                             std::to_string(due.outputs) + ", " + std::to_string(due.sum)};
  }
}

std::string two_places(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f", value);
  return text;
}

std::string spread_of(const std::vector<double>& ratios) {
  return two_places(std::ranges::min(ratios)) + " to " + two_places(std::ranges::max(ratios));
}

void print_head() {
  std::printf("%-10s %7s %-12s %12s %7s %15s %12s %9s\n", "workload", "workers", "mode", "M/s, median", "ratio",
              "min to max", "CPU s per M", "RSS MB");
}

// Half of the ratios are further from each other than this: nothing can be concluded from their median.
constexpr double kNoisy = 0.15;

bool is_noisy(const Result& result) { return middle_spread(result.ratios()) > kNoisy; }

void print_rows(const Result& result) {
  std::printf("%-10s %7s %-12s %12.3f %7s %15s %12.4f %9.1f\n", result.workload.c_str(), "-", result.opponent.c_str(),
              median(result.opponent_rates) / 1e6, "", "", median(result.opponent_cpu_seconds),
              result.opponent_peak_mb);
  if (result.copies_rates) {
    std::printf("%-10s %7s %-12s %12.3f %7s %15s\n", result.workload.c_str(), "-",
                (std::to_string(result.workers) + " at once").c_str(), median(*result.copies_rates) / 1e6,
                two_places(median(result.ceilings())).c_str(), spread_of(result.ceilings()).c_str());
  }
  const std::vector<double> ratios = result.ratios();
  std::printf("%-10s %7s %-12s %12.3f %7s %15s %12.4f %9.1f%s\n", result.workload.c_str(),
              std::to_string(result.workers).c_str(), result.exchange.c_str(), median(result.rates) / 1e6,
              two_places(median(ratios)).c_str(), spread_of(ratios).c_str(), median(result.cpu_seconds), result.peak_mb,
              is_noisy(result) ? "  inconclusive: the machine was too noisy" : "");
  std::fflush(stdout);
}

// How fast as many opponents are together, at once, until the last has ended.
double rate_of_copies(const Contest& contest, std::size_t copies) {
  std::vector<Child> children;
  for (std::size_t copy = 0; copy < copies; ++copy) {
    children.emplace_back([&] { return contest.run_opponent(contest.size); });
  }
  double seconds = 0;
  double events = 0;
  for (Child& child : children) {
    const Outcome outcome = child.finish().outcome;
    check(contest, contest.opponent.c_str(), outcome, contest.answer.value_or(outcome));
    seconds = std::max(seconds, outcome.seconds);
    events += static_cast<double>(outcome.events);
  }
  return events / seconds;
}

Result measure(const Contest& contest, const Setup& setup, const Options& options) {
  const char* const exchange = setup.workers == 1 ? "local" : setup.exchange == ExchangeMode::kMove ? "move" : "cereal";
  Result result{.workload = contest.workload,
                .opponent = contest.opponent,
                .size = contest.size,
                .workers = setup.workers,
                .exchange = exchange,
                .cores = std::thread::hardware_concurrency()};
  if (options.copies && setup.workers > 1 && contest.opponent == "hand-written") {
    result.copies_rates.emplace();
  }
  const auto megabytes = [](const Trial& trial) { return static_cast<double>(trial.peak_rss_kb) / 1024; };
  for (std::size_t pair = 0; pair < options.pairs; ++pair) {
    const Trial opponent = try_in_child([&] { return contest.run_opponent(contest.size); });
    check(contest, contest.opponent.c_str(), opponent.outcome, contest.answer.value_or(opponent.outcome));
    const Trial weir = try_in_child([&] { return contest.run_weir(contest.size, setup); });
    check(contest, "weir", weir.outcome, contest.answer.value_or(opponent.outcome));
    result.opponent_rates.push_back(opponent.rate());
    result.rates.push_back(weir.rate());
    result.opponent_cpu_seconds.push_back(opponent.cpu_seconds_per_million());
    result.cpu_seconds.push_back(weir.cpu_seconds_per_million());
    result.opponent_peak_mb = std::max(result.opponent_peak_mb, megabytes(opponent));
    result.peak_mb = std::max(result.peak_mb, megabytes(weir));
    if (result.copies_rates) {
      result.copies_rates->push_back(rate_of_copies(contest, setup.workers));
    }
  }
  return result;
}

}  // namespace

std::vector<Result> measure_throughput(const Options& options) {
  std::vector<Result> results;
  for (const std::string& workload : options.workloads) {
    if (workload == "L") {
      continue;
    }
    if (results.empty()) {
      print_head();
    }
    const Contest contest = make_contest(workload, options);
    for (const std::size_t workers : options.workers) {
      for (const std::string& exchange : options.exchanges) {
        if (workers == 1 && &exchange != &options.exchanges.front()) {
          continue;  // nothing changes worker
        }
        const Setup setup{workers, exchange == "move" ? ExchangeMode::kMove : ExchangeMode::kCereal};
        results.push_back(measure(contest, setup, options));
        print_rows(results.back());
      }
    }
  }
  return results;
}

}  // namespace weir::bench
