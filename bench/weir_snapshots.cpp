// What does a snapshot cost, and does that grow with the keys that did not change?

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <weir/weir.hpp>

#include "coordinator/assembly.hpp"
#include "coordinator/coordinator.hpp"
#include "coordinator/recovery.hpp"
#include "coordinator/run_access.hpp"
#include "driven.hpp"
#include "mix.hpp"
#include "recovery/sqlite_store.hpp"

namespace weir::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::size_t kKeyBytes = 20;
constexpr std::size_t kStateBytes = 80;

/// What the program's flags say.
struct Options {
  std::vector<std::uint64_t> keys{100'000, 1'000'000};
  std::uint64_t changed = 10'000;
  std::uint64_t epochs = 50;
  std::uint64_t workers = 2;
};

/// Times, and what they come to.
class Times {
 public:
  void add(Milliseconds time) { times_.push_back(time.count()); }
  [[nodiscard]] double at(double share) {
    std::ranges::sort(times_);
    return times_.empty() ? 0 : times_[static_cast<std::size_t>(share * static_cast<double>(times_.size() - 1))];
  }

 private:
  std::vector<double> times_;
};

/// The number of the key that changes next, of those whose turn has come.
struct Turn {
  std::uint64_t next = 0;
  std::uint64_t until = 0;
  std::uint64_t round = 0;  ///< of the changes; 0: every key comes once
  std::uint64_t keys = 0;

  [[nodiscard]] std::uint64_t key() const { return round == 0 ? next : mix(round * 1'000'003 + next) % keys; }
};

using Change = std::pair<std::string, std::string>;

Change change_of(std::uint64_t key, std::uint64_t round) {
  return {fmt::format("{:0{}}", key, kKeyBytes), std::string(kStateBytes, static_cast<char>('a' + round % 26))};
}

Dataflow build(Turn& turn) {
  Dataflow flow{"snapshots"};
  flow.input("in",
             PartitionedInput{
                 {"changes"},
                 [&turn](std::string, std::optional<std::uint64_t>) -> Generator<std::pair<std::uint64_t, Change>> {
                   while (true) {
                     while (turn.next < turn.until) {
                       std::pair item{turn.next, change_of(turn.key(), turn.round)};
                       ++turn.next;
                       co_yield std::move(item);
                     }
                     co_yield idle(std::chrono::hours{1});
                   }
                 }}) |
      op::stateful_map("state",
                       [](std::optional<std::string>& state, std::string&& change) {
                         state = std::move(change);
                         return state->size();
                       }) |
      op::output("out", ManualOutput{[](std::size_t, std::size_t) {
                   return [](const std::pair<std::string, std::size_t>&) {};
                 }});
  return flow;
}

/// A run whose workers this thread drives, so that it knows how long each thing takes.
class DrivenRun {
 public:
  DrivenRun(const Dataflow& flow, const std::filesystem::path& directory, std::uint64_t workers)
      : options_{.workers = workers},
        workers_{static_cast<std::uint32_t>(workers)},
        plan_{RunAccess::graph(flow)},
        recovery_{std::make_unique<detail::recovery::SqliteStore>(directory), RunAccess::graph(flow), options_,
                  workers_},
        assembly_{plan_,
                  {.workers = workers_,
                   .channels = detail::exchange::ChannelSize::for_run(plan_.edges().size(), workers_),
                   .epochs = detail::coordinator::epoch_settings(&recovery_, options_, workers_),
                   .resume = &recovery_.resume(),
                   .control = control_,
                   .activator = activator_,
                   .io = io_}},
        coordinator_{workers_, control_, recovery_.plan()} {
    recovery_.load_into(assembly_);
  }

  /// Until there is nothing to do.
  void work() {
    for (const auto& worker : assembly_.workers()) {
      worker->wake();
    }
    for (bool any = true; any;) {
      any = false;
      for (const auto& worker : assembly_.workers()) {
        any |= worker->step({}) == detail::worker::StepResult::kProgress;
        take_events(*worker);
      }
    }
  }

  /// Closes an epoch; how long the workers were at it, all together.
  Milliseconds close() {
    const auto begin = Clock::now();
    coordinator_.on_epoch_timer();
    while (!coordinator_.passed()) {
      for (const auto& worker : assembly_.workers()) {
        static_cast<void>(worker->step({}));
        take_events(*worker);
      }
    }
    return Clock::now() - begin;
  }

  /// Writes it down; how long that took.
  Milliseconds commit() {
    const auto begin = Clock::now();
    if (const auto commit = coordinator_.take_commit()) {
      recovery_.store().commit(*commit);
      coordinator_.on_committed(commit->epoch);
    }
    return Clock::now() - begin;
  }

  /// A portion of the store's housekeeping; none when there is nothing to do.
  std::optional<Milliseconds> compact() {
    const auto begin = Clock::now();
    return recovery_.store().compact() ? std::optional<Milliseconds>{Clock::now() - begin} : std::nullopt;
  }

  void compact_all() { static_cast<detail::recovery::SqliteStore&>(recovery_.store()).compact_all(); }

 private:
  void take_events(detail::worker::Worker& worker) {
    for (detail::worker::WorkerEvent& event : worker.take_events()) {
      coordinator_.on_event(std::move(event));
    }
  }

  RunOptions options_;
  WorkerCount workers_;
  detail::graph::Plan plan_;
  detail::coordinator::Recovery recovery_;
  detail::worker::Control control_;
  NobodySleeps activator_;
  NoFiles io_;
  detail::coordinator::Assembly assembly_;
  detail::coordinator::Coordinator coordinator_;
};

void measure_epochs(DrivenRun& run, Turn& turn, const Options& options) {
  Times pauses;
  Times commits;
  Times portions;
  Times written;
  for (std::uint64_t epoch = 1; epoch <= options.epochs; ++epoch) {
    turn.round = epoch;
    turn.next = 0;
    turn.until = options.changed;
    run.work();
    pauses.add(run.close());
    Milliseconds all = run.commit();
    commits.add(all);
    while (const auto portion = run.compact()) {
      portions.add(*portion);
      all += *portion;
    }
    written.add(all);
  }
  fmt::print("  workers' pause       {:8.2f} {:8.2f} {:8.2f}\n", pauses.at(0.5), pauses.at(0.95), pauses.at(1));
  fmt::print("  writer: commit       {:8.2f} {:8.2f} {:8.2f}\n", commits.at(0.5), commits.at(0.95), commits.at(1));
  fmt::print("  writer: one portion  {:8.2f} {:8.2f} {:8.2f}\n", portions.at(0.5), portions.at(0.95), portions.at(1));
  fmt::print("  writer: an epoch     {:8.2f} {:8.2f} {:8.2f}\n", written.at(0.5), written.at(0.95), written.at(1));
}

void measure(std::uint64_t keys, const Options& options, const std::filesystem::path& directory) {
  std::filesystem::remove_all(directory);
  Turn turn{.next = 0, .until = keys, .round = 0, .keys = keys};
  const Dataflow flow = build(turn);
  fmt::print("{} keys of {} bytes, {} changed in each of {} epochs, {} workers; ms: median, 95 %, most\n", keys,
             kKeyBytes + kStateBytes, options.changed, options.epochs, options.workers);
  {
    DrivenRun run{flow, directory, options.workers};
    run.work();
    static_cast<void>(run.close());
    static_cast<void>(run.commit());
    while (run.compact()) {
    }
    measure_epochs(run, turn, options);
  }
  const auto begin = Clock::now();
  {
    DrivenRun run{flow, directory, options.workers};
    turn = {.next = 0, .until = 1, .round = 1, .keys = keys};
    run.work();
    fmt::print("  resume to first item {:8.2f}\n", Milliseconds{Clock::now() - begin}.count());
    run.compact_all();
  }
  const auto size = static_cast<double>(std::filesystem::file_size(directory / "state.sqlite3"));
  fmt::print("  store                {:8.2f} times the live state's {} bytes, folded\n",
             size / static_cast<double>(keys * (kKeyBytes + kStateBytes)), keys * (kKeyBytes + kStateBytes));
  std::filesystem::remove_all(directory);
}

void measure_start(const std::filesystem::path& directory) {
  Times first;
  Times again;
  for (int i = 0; i < 15; ++i) {
    std::filesystem::remove_all(directory);
    Turn turn{.next = 0, .until = 1, .round = 0, .keys = 1};
    const Dataflow flow = build(turn);
    for (Times* const times : {&first, &again}) {
      const auto begin = Clock::now();
      DrivenRun run{flow, directory, 2};
      turn = {.next = 0, .until = 1, .round = 0, .keys = 1};
      run.work();
      times->add(Clock::now() - begin);
      static_cast<void>(run.close());
      static_cast<void>(run.commit());
    }
  }
  fmt::print("an empty store, start to first item; ms: median, 95 %, most\n");
  fmt::print("  made                 {:8.2f} {:8.2f} {:8.2f}\n", first.at(0.5), first.at(0.95), first.at(1));
  fmt::print("  opened again         {:8.2f} {:8.2f} {:8.2f}\n", again.at(0.5), again.at(0.95), again.at(1));
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::Options options;
  CLI::App app{"Measures what snapshots cost workers and the writer, and how long a resume takes."};
  app.add_option("--keys", options.keys, "Keys that have a state");
  app.add_option("--changed", options.changed, "Keys that change in an epoch");
  app.add_option("--epochs", options.epochs, "Epochs");
  app.add_option("--workers", options.workers, "Workers, all driven by one thread")->check(CLI::Range(1, 1024));
  CLI11_PARSE(app, argc, argv);
  const std::filesystem::path directory =
      std::filesystem::temp_directory_path() / fmt::format("weir-snapshots-{}", ::getpid());
  weir::bench::measure_start(directory);
  for (const std::uint64_t keys : options.keys) {
    weir::bench::measure(keys, options, directory);
  }
  return 0;
}
