// How fast is weir next to the same work without a runtime? Measures both in turn, checks every answer, prints a table.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "compare.hpp"
#include "latencies.hpp"
#include "options.hpp"
#include "plot.hpp"
#include "result.hpp"
#include "throughput.hpp"
#include "weir/errors.hpp"

namespace weir::bench {
namespace {

void write_text(const std::string& path, const std::string& text) {
  std::ofstream file{path};
  if (!(file << text).flush()) {
    throw std::runtime_error{path + ": cannot be written"};
  }
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::Options options;
  CLI::App app{"Measures weir and the same work without a runtime in turn."};
  app.add_option(
         "--workloads", options.workloads,
         "S: search sessions, S-floor: the same beside a floor, S-tutorial: as search_sessions writes it, JSON: search "
         "sessions from a log in JSON Lines, JSON-parts: its events counted by user, the log read in parts by several "
         "workers, W: word count, W-combined: the same with a combiner, "
         "K: numbers counted by key, K-few: the same with 1,000 keys, T: "
         "tumbling windows, SL: sliding windows, SE: session windows, J: join, X: exchange, L: latency of search "
         "sessions, on 2 workers")
      ->delimiter(',')
      ->check(CLI::IsMember(options.workloads));
  app.add_option("--workers", options.workers, "Worker counts of weir")->delimiter(',')->check(CLI::Range(1, 1024));
  app.add_option("--exchange", options.exchanges, "How items change worker")
      ->delimiter(',')
      ->check(CLI::IsMember({"cereal", "move"}));
  app.add_option("--pairs", options.pairs, "Measurements of each side")->check(CLI::Range(1, 1000));
  app.add_option("--users", options.users, "Users of S");
  app.add_option("--logged-users", options.logged_users, "Users of JSON");
  app.add_option("--lines", options.lines, "Lines of W");
  app.add_option("--numbers", options.numbers, "Numbers of K");
  app.add_option("--events", options.events, "Events of T, SL and SE");
  app.add_option("--items", options.items, "Items of each stream of J");
  app.add_option("--records", options.records, "Records of X");
  app.add_option("--rates", options.rates, "Events a second of L")->delimiter(',')->check(CLI::Range(1, 1'000'000'000));
  app.add_option("--seconds", options.seconds, "How long L takes at each rate")->check(CLI::Range(1, 3600));
  std::string json;
  std::string plot;
  std::vector<std::string> compared;
  app.add_option("--json", json, "Write what was measured to this file, for --check");
  app.add_option("--plot", plot, "Draw how rates grow with the workers to this file (SVG)");
  app.add_option("--check", compared, "Measure nothing; compare two files of --json, from before a change and after it")
      ->expected(2)
      ->type_name("BEFORE AFTER");
  app.add_flag(
      "--copies", options.copies,
      "Also run as many of the hand-written loops at once as weir has workers: what the machine gives to programs "
      "that share nothing, and less than the workers where processors share a core");
  app.add_flag("--quick", options.quick,
               "A tenth of the size, at most 3 pairs, L for 3 s a rate: only to see that it works");
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
      return weir::bench::compare(compared[0], compared[1]) ? 0 : 1;
    }
    const std::vector<weir::bench::Result> rates = weir::bench::measure_throughput(options);
    std::vector<weir::bench::AnyResult> results{rates.begin(), rates.end()};
    if (std::ranges::find(options.workloads, "L") != options.workloads.end()) {
      std::ranges::copy(weir::bench::measure_latencies(options), std::back_inserter(results));
    }
    if (!json.empty()) {
      weir::bench::write_results(json, results);
    }
    if (!plot.empty()) {
      weir::bench::write_text(plot, weir::bench::draw_scaling(rates));
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
