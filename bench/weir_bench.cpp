// How fast is weir next to the same work without a runtime? Measures both in turn, checks every answer, prints a table.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "baseline_sessions.hpp"
#include "baseline_words.hpp"
#include "floor.hpp"
#include "mix.hpp"
#include "plot.hpp"
#include "records.hpp"
#include "result.hpp"
#include "sessions.hpp"
#include "statistics.hpp"
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
  std::vector<std::string> workloads{"S", "S-tutorial", "W", "W-combined", "X"};
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

std::string two_places(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f", value);
  return text;
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
  const std::vector<double> ratios = result.ratios();
  const std::string spread = two_places(std::ranges::min(ratios)) + " to " + two_places(std::ranges::max(ratios));
  std::printf("%-10s %7s %-12s %12.3f %7s %15s %12.4f %9.1f%s\n", result.workload.c_str(),
              std::to_string(result.workers).c_str(), result.exchange.c_str(), median(result.rates) / 1e6,
              two_places(median(ratios)).c_str(), spread.c_str(), median(result.cpu_seconds), result.peak_mb,
              is_noisy(result) ? "  inconclusive: the machine was too noisy" : "");
  std::fflush(stdout);
}

Result measure(const Contest& contest, const Setup& setup, std::size_t pairs) {
  const char* const exchange = setup.workers == 1 ? "local" : setup.exchange == ExchangeMode::kMove ? "move" : "cereal";
  Result result{.workload = contest.workload,
                .opponent = contest.opponent,
                .size = contest.size,
                .workers = setup.workers,
                .exchange = exchange,
                .cores = std::thread::hardware_concurrency()};
  const auto megabytes = [](const Trial& trial) { return static_cast<double>(trial.peak_rss_kb) / 1024; };
  for (std::size_t pair = 0; pair < pairs; ++pair) {
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
  }
  return result;
}

std::vector<Result> run_all(const Options& options) {
  std::vector<Result> results;
  print_head();
  for (const std::string& workload : options.workloads) {
    const Contest contest = make_contest(workload, options);
    for (const std::size_t workers : options.workers) {
      for (const std::string& exchange : options.exchanges) {
        if (workers == 1 && &exchange != &options.exchanges.front()) {
          continue;  // nothing changes worker
        }
        const Setup setup{workers, exchange == "move" ? ExchangeMode::kMove : ExchangeMode::kCereal};
        results.push_back(measure(contest, setup, options.pairs));
        print_rows(results.back());
      }
    }
  }
  return results;
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file{path};
  if (!(file << text).flush()) {
    throw std::runtime_error{path + ": cannot be written"};
  }
}

// Compares what two runs of this program measured; true if nothing became slower. Each pair of a run was measured with
// its opponent in turn, so their ratios can be compared where rates of different hours cannot.
bool compare(const std::vector<Result>& before, const std::vector<Result>& after) {
  constexpr double kCertain = 0.01;
  constexpr double kMatters = 0.02;
  bool good = true;
  std::printf("%-10s %7s %-8s %8s %8s %8s %8s\n", "workload", "workers", "mode", "before", "after", "change", "p");
  for (const Result& now : after) {
    const auto then = std::ranges::find_if(before, [&](const Result& other) {
      return other.workload == now.workload && other.workers == now.workers && other.exchange == now.exchange &&
             other.size == now.size;
    });
    if (then == before.end()) {
      continue;
    }
    const double change = median(now.ratios()) / median(then->ratios()) - 1;
    const double p = mann_whitney_p(then->ratios(), now.ratios());
    const bool certain = p < kCertain && std::abs(change) > kMatters;
    good = good && !(certain && change < 0);
    std::printf("%-10s %7s %-8s %8.2f %8.2f %7.1f%% %8.4f%s\n", now.workload.c_str(),
                std::to_string(now.workers).c_str(), now.exchange.c_str(), median(then->ratios()), median(now.ratios()),
                change * 100, p,
                !certain     ? ""
                : change < 0 ? "  slower"
                             : "  faster");
  }
  return good;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::Options options;
  CLI::App app{"Measures weir and the same work without a runtime in turn."};
  app.add_option(
         "--workloads", options.workloads,
         "S: search sessions, S-tutorial: the same as search_sessions writes it, W: word count, W-combined: the "
         "same with a combiner, X: exchange")
      ->delimiter(',')
      ->check(CLI::IsMember({"S", "S-tutorial", "W", "W-combined", "X"}));
  app.add_option("--workers", options.workers, "Worker counts of weir")->delimiter(',')->check(CLI::Range(1, 1024));
  app.add_option("--exchange", options.exchanges, "How items change worker")
      ->delimiter(',')
      ->check(CLI::IsMember({"cereal", "move"}));
  app.add_option("--pairs", options.pairs, "Measurements of each side")->check(CLI::Range(1, 1000));
  app.add_option("--users", options.users, "Users of S");
  app.add_option("--lines", options.lines, "Lines of W");
  app.add_option("--records", options.records, "Records of X");
  std::string json;
  std::string plot;
  std::vector<std::string> compared;
  app.add_option("--json", json, "Write what was measured to this file, for --check");
  app.add_option("--plot", plot, "Draw how rates grow with the workers to this file (SVG)");
  app.add_option("--check", compared, "Measure nothing; compare two files of --json, from before a change and after it")
      ->expected(2)
      ->type_name("BEFORE AFTER");
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
    if (!compared.empty()) {
      return weir::bench::compare(weir::bench::read_results(compared[0]), weir::bench::read_results(compared[1])) ? 0
                                                                                                                  : 1;
    }
    const std::vector<weir::bench::Result> results = weir::bench::run_all(options);
    if (!json.empty()) {
      weir::bench::write_results(json, results);
    }
    if (!plot.empty()) {
      weir::bench::write_text(plot, weir::bench::draw_scaling(results));
    }
  } catch (const weir::UsageError& error) {
    std::fprintf(stderr, "weir-bench: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "weir-bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
