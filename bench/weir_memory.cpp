// Does the state of what has finished leave memory, when keys come that never come again?

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <weir/weir.hpp>

#include "measured.hpp"
#include "mix.hpp"
#include "numbered.hpp"

namespace weir::bench {
namespace {

using std::chrono::milliseconds;

/// What the program's flags say.
struct Options {
  std::uint64_t events = 100'000'000;
  std::uint64_t workers = 2;
};

/// An event a millisecond. A key has `kEventsAKey` of them, kStride apart, and never comes again.
struct Event {
  std::uint64_t number = 0;
};
constexpr std::uint64_t kEventsAKey = 4;
constexpr std::uint64_t kStride = 1'000;

std::uint64_t key_of(std::uint64_t number) {
  return mix(number / (kEventsAKey * kStride) * kStride + number % kStride);
}

double resident_mb() {
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  std::ifstream{"/proc/self/statm"} >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

/// The memory that a run takes when each twentieth of its events has been read.
class Samples {
 public:
  explicit Samples(std::uint64_t events) : every_{events / kCount} {}

  void note(std::uint64_t number) {
    if (every_ > 0 && number % every_ == 0 && number / every_ < kCount) {
      resident_[number / every_] = resident_mb();
    }
  }
  /// The most from one share of the events to another.
  [[nodiscard]] double most(std::size_t first, std::size_t last) const {
    double most = 0;
    for (std::size_t i = first; i < last; ++i) {
      most = std::max(most, resident_[i]);
    }
    return most;
  }

  static constexpr std::size_t kCount = 20;

 private:
  std::uint64_t every_;
  std::array<double, kCount> resident_{};  // each is written by one worker
};

auto event_clock() {
  return EventClock{[](const Event& event) {
                      return std::chrono::sys_time<milliseconds>{milliseconds{static_cast<std::int64_t>(event.number)}};
                    },
                    milliseconds{100}};
}

auto read(Samples& samples, const Options& options) {
  return Numbered{options.events, [&samples](std::uint64_t number) {
                    samples.note(number);
                    return std::pair{key_of(number), Event{number}};
                  }};
}

/// Runs a dataflow of the stream of events, and says what memory it took.
template <typename Build>
void measure(const char* name, const Options& options, Build build) {
  Samples samples{options.events};
  std::vector<Tally> tallies(options.workers);
  Dataflow flow{"memory"};
  build(flow.input("input", read(samples, options))) |
      op::output("out", tally_into(tallies, [](Tally& tally, const auto& /*item*/) { ++tally.outputs; }));
  RunOptions run_options;
  run_options.workers = options.workers;
  const double seconds = seconds_of([&] { run(flow, run_options); });
  Outcome outcome;
  add_up(outcome, tallies);
  const double early = samples.most(Samples::kCount / 10, Samples::kCount / 2);
  const double late = samples.most(Samples::kCount / 2, Samples::kCount);
  fmt::print("{:<18} {:>10.1f} {:>12} {:>16.1f} {:>16.1f} {:>8.2f}\n", name, seconds, outcome.outputs, early, late,
             late / early);
}

using Keyed = KeyedStream<std::uint64_t, Event>;

/// One of the events of each key.
Keyed of_each_key(const Keyed& in, std::uint64_t which) {
  return in | op::filter_value("number_" + std::to_string(which),
                               [which](const Event& event) { return event.number / kStride % kEventsAKey == which; });
}

void measure_all(const Options& options) {
  using namespace std::chrono_literals;
  fmt::print("{} events, {} for each key, {} workers\n", options.events, kEventsAKey, options.workers);
  fmt::print("{:<18} {:>10} {:>12} {:>16} {:>16} {:>8}\n", "", "seconds", "outputs", "MB, first half", "MB, second",
             "ratio");
  measure("tumbling windows", options,
          [](const Keyed& in) { return in | op::count_window("count", TumblingWindows{event_clock(), 10s}); });
  measure("sliding windows", options,
          [](const Keyed& in) { return in | op::count_window("count", SlidingWindows{event_clock(), 60s, 10s}); });
  measure("session windows", options,
          [](const Keyed& in) { return in | op::count_window("count", SessionWindows{event_clock(), 10s}); });
  measure("reduce", options, [](const Keyed& in) {
    return in | op::map_value("one", [](const Event&) { return 1; }) |
           op::reduce("count", std::plus<>{}, [](int count) { return count == kEventsAKey; });
  });
  measure("join", options, [](const Keyed& in) { return op::join("join", of_each_key(in, 0), of_each_key(in, 2)); });
}

int measure_as_told(int argc, char** argv) {
  Options options;
  CLI::App app{"Measures whether memory grows with the keys that came and went."};
  app.add_option("--events", options.events, "How many events")->check(CLI::Range(1'000, 2'000'000'000));
  app.add_option("--workers", options.workers, "How many workers")->check(CLI::Range(1, 1024));
  CLI11_PARSE(app, argc, argv);
  measure_all(options);
  return 0;
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::measure_as_told(argc, argv); }
