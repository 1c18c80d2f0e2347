// How fast is weir next to the same work without a runtime? Measures both in turn, checks every answer, prints a table.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "baseline_sessions.hpp"
#include "baseline_words.hpp"
#include "floor.hpp"
#include "mix.hpp"
#include "records.hpp"
#include "sessions.hpp"
#include "trial.hpp"
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

struct Options {
  std::vector<std::string> workloads{"S", "W", "W-combined", "X"};
  std::vector<std::size_t> workers{1, 2, 4, 8};
  std::vector<std::string> exchanges{"cereal"};
  std::size_t pairs = 7;
  std::uint64_t users = 1'000'000;
  std::uint64_t lines = 500'000;
  std::uint64_t records = 20'000'000;
  bool quick = false;

  void shorten() {
    pairs = std::min<std::size_t>(pairs, 3);
    users /= 10;
    lines /= 10;
    records /= 10;
  }
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
  if (workload == "W") {
    return {workload, "hand-written", options.lines, hand_written_words, run_words, known_words(options.lines)};
  }
  if (workload == "W-combined") {
    return {workload,           "hand-written",     options.lines,
            hand_written_words, run_combined_words, known_words(options.lines)};
  }
  return {workload, "floor", options.records, Floor::run_records, run_records, known_records(options.records)};
}

void check(const Contest& contest, const char* side, const Outcome& found, const Outcome& due) {
  if (found.events != due.events || found.outputs != due.outputs || found.sum != due.sum) {
    throw std::runtime_error{"workload " + contest.workload + ": " + side + " counted " + std::to_string(found.events) +
                             " events, " + std::to_string(found.outputs) + " outputs, sum " +
                             std::to_string(found.sum) + "; right are " + std::to_string(due.events) + ", " +
                             std::to_string(due.outputs) + ", " + std::to_string(due.sum)};
  }
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::string two_places(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f", value);
  return text;
}

/// The trials of one side.
struct Series {
  std::vector<double> rates;
  std::vector<double> cpu;
  std::uint64_t peak_rss_kb = 0;

  void add(const Trial& trial) {
    rates.push_back(trial.rate());
    cpu.push_back(trial.cpu_seconds_per_million());
    peak_rss_kb = std::max(peak_rss_kb, trial.peak_rss_kb);
  }
};

void print_head() {
  std::printf("%-10s %7s %-12s %12s %7s %15s %12s %9s\n", "workload", "workers", "mode", "M/s, median", "ratio",
              "min to max", "CPU s per M", "RSS MB");
}

void print_row(const Contest& contest, const std::string& workers, const std::string& mode, const Series& series,
               const std::vector<double>& ratios) {
  std::string ratio;
  std::string spread;
  if (!ratios.empty()) {
    ratio = two_places(median(ratios));
    spread = two_places(std::ranges::min(ratios)) + " to " + two_places(std::ranges::max(ratios));
  }
  std::printf("%-10s %7s %-12s %12.3f %7s %15s %12.4f %9.1f\n", contest.workload.c_str(), workers.c_str(), mode.c_str(),
              median(series.rates) / 1e6, ratio.c_str(), spread.c_str(), median(series.cpu),
              static_cast<double>(series.peak_rss_kb) / 1024);
  std::fflush(stdout);
}

void measure(const Contest& contest, const Setup& setup, std::size_t pairs) {
  Series theirs;
  Series ours;
  std::vector<double> ratios;
  for (std::size_t pair = 0; pair < pairs; ++pair) {
    const Trial opponent = try_in_child([&] { return contest.run_opponent(contest.size); });
    check(contest, contest.opponent.c_str(), opponent.outcome, contest.answer.value_or(opponent.outcome));
    const Trial weir = try_in_child([&] { return contest.run_weir(contest.size, setup); });
    check(contest, "weir", weir.outcome, contest.answer.value_or(opponent.outcome));
    theirs.add(opponent);
    ours.add(weir);
    ratios.push_back(weir.rate() / opponent.rate());
  }
  const char* const mode = setup.workers == 1 ? "local" : setup.exchange == ExchangeMode::kMove ? "move" : "cereal";
  print_row(contest, "-", contest.opponent, theirs, {});
  print_row(contest, std::to_string(setup.workers), mode, ours, ratios);
}

void run_all(const Options& options) {
  print_head();
  for (const std::string& workload : options.workloads) {
    const Contest contest = make_contest(workload, options);
    for (const std::size_t workers : options.workers) {
      for (const std::string& exchange : options.exchanges) {
        if (workers == 1 && &exchange != &options.exchanges.front()) {
          continue;  // nothing changes worker
        }
        measure(contest, {workers, exchange == "move" ? ExchangeMode::kMove : ExchangeMode::kCereal}, options.pairs);
      }
    }
  }
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::Options options;
  CLI::App app{"Measures weir and the same work without a runtime in turn."};
  app.add_option("--workloads", options.workloads,
                 "S: search sessions, W: word count, W-combined: the same with a combiner, X: exchange")
      ->delimiter(',')
      ->check(CLI::IsMember({"S", "W", "W-combined", "X"}));
  app.add_option("--workers", options.workers, "Worker counts of weir")->delimiter(',')->check(CLI::Range(1, 1024));
  app.add_option("--exchange", options.exchanges, "How items change worker")
      ->delimiter(',')
      ->check(CLI::IsMember({"cereal", "move"}));
  app.add_option("--pairs", options.pairs, "Measurements of each side")->check(CLI::Range(1, 1000));
  app.add_option("--users", options.users, "Users of S");
  app.add_option("--lines", options.lines, "Lines of W");
  app.add_option("--records", options.records, "Records of X");
  app.add_flag("--quick", options.quick, "A tenth of the size, at most 3 pairs: only to see that it works");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (options.quick) {
    options.shorten();
  }
  try {
    weir::bench::run_all(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "weir_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
