// Click-through figures of search sessions, where a session ends by time: one figure for every search in an app's event
// log, 1.0 if one of its results was clicked on and 0.0 if none was.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "search_sessions/total.hpp"
#include "sessions_by_time/generate.hpp"
#include "sessions_by_time/sessions.hpp"
#include "sessions_by_time/timed_event.hpp"

namespace {

using namespace sessions_by_time;
using search_sessions::Total;
namespace op = weir::op;

/// Two users, who never close the app. One searches for dogs, and for cats 45 minutes later, and clicks; one searches
/// for fruit and does not.
std::vector<TimedEvent> sample() {
  using namespace std::chrono;
  using namespace search_sessions;
  constexpr Instant kNoon = sys_days{2026y / March / 2} + 12h;
  return {
      {kNoon, AppOpen{1}},
      {kNoon + 5s, Search{1, "dogs"}},
      {kNoon + 6s, Results{1, {"fido", "rover", "buddy"}}},
      {kNoon + 21s, AppOpen{2}},
      {kNoon + 20s, ClickResult{1, "rover"}},  // a second late
      {kNoon + 30s, Search{2, "fruit"}},
      {kNoon + 45min, Search{1, "cats"}},
      {kNoon + 45min + 3s, ClickResult{1, "fluffy"}},
      {kNoon + 45min + 1s, Results{1, {"fluffy", "burrito", "kathy"}}},
      {kNoon + 45min + 9s, ClickResult{1, "kathy"}},
  };
}

/// What the command line asks for.
struct Job {
  std::vector<std::string> input;
  std::uint64_t users = 0;
  std::uint64_t gap_minutes = 30;
  std::uint64_t out_of_orderness_seconds = 10;
  std::string output{"-"};
  std::string sessions;
  std::string late;
  std::string log;
  weir::OnBadRecord on_bad_record = weir::OnBadRecord::stop();
  bool count = false;
};

/// What all workers saw.
struct Totals {
  Total figures;
  std::atomic<std::uint64_t> late{0};
};

Rules rules_of(const Job& job) {
  constexpr std::uint64_t kMinutesOfAYear = 366 * 24 * 60;
  if (job.gap_minutes == 0 || job.gap_minutes > kMinutesOfAYear) {
    throw weir::UsageError{"--gap: expected 1 to " + std::to_string(kMinutesOfAYear) + " minutes"};
  }
  if (job.out_of_orderness_seconds > kMinutesOfAYear * 60) {
    throw weir::UsageError{"--out-of-orderness: expected at most " + std::to_string(kMinutesOfAYear * 60) + " seconds"};
  }
  return {.gap = std::chrono::minutes{job.gap_minutes},
          .out_of_orderness = std::chrono::seconds{job.out_of_orderness_seconds}};
}

void check_files(const Job& job) {
  const auto same = [](const std::string& a, const std::string& b) { return a == b && !a.empty() && a != "-"; };
  if (same(job.output, job.sessions) || same(job.output, job.late) || same(job.sessions, job.late)) {
    throw weir::UsageError{"--output, --sessions and --late: each needs a file of its own"};
  }
}

weir::Stream<TimedEvent> read_events(weir::Dataflow& flow, const Job& job) {
  if (!job.input.empty() && job.users > 0) {
    throw weir::UsageError{"--input and --generate exclude each other; give one of them"};
  }
  if (!job.input.empty()) {
    return flow.input("input", weir::json_lines<TimedEvent>(job.input), job.on_bad_record);
  }
  return job.users > 0 ? flow.input("input", generated_events(job.users))
                       : flow.input("input", weir::RangeInput{sample()});
}

void write_figures(const weir::Stream<double>& figures, const Job& job, Totals& totals) {
  if (job.count) {
    figures | op::output("out", weir::ManualOutput{
                                    [&](std::size_t, std::size_t) { return search_sessions::Share{totals.figures}; }});
  } else {
    figures | op::output("out", weir::TextFile{job.output});
  }
}

weir::Dataflow build(const Job& job, Totals& totals) {
  check_files(job);
  weir::Dataflow flow{"sessions_by_time"};
  const auto events = read_events(flow, job);
  if (!job.log.empty()) {
    events | op::output("log", weir::json_lines_output<TimedEvent>(job.log));
    return flow;
  }
  const Sessions sessions = sessionize(events, rules_of(job));
  write_figures(figures(sessions.down), job, totals);
  if (!job.sessions.empty()) {
    sessions.down | op::key_rm("session") | op::output("sessions", weir::json_lines_output<TimedSession>(job.sessions));
  }
  const auto late =
      sessions.late | op::key_rm("late") | op::inspect("count_late", [&totals](const TimedEvent&) { ++totals.late; });
  if (!job.late.empty()) {
    late | op::output("late_events", weir::json_lines_output<TimedEvent>(job.late));
  }
  return flow;
}

}  // namespace

int main(int argc, char** argv) {
  Job job;
  weir::Flags flags{"sessions_by_time",
                    "Prints a click-through figure for every search in an app's event log. A session of a user ends "
                    "when there was no event for some time, by the times in the log. Without flags it runs on a small "
                    "sample."};
  flags.add("--input", job.input, "Event logs to read (JSON Lines): files, directories, or - for standard input");
  flags.add("--generate", job.users, "Make the events of this many users instead");
  flags.add("--gap", job.gap_minutes, "Minutes without an event after which a user's session is over");
  flags.add("--out-of-orderness", job.out_of_orderness_seconds,
            "Seconds that an event may come behind later ones of its file");
  flags.add("--output", job.output, "The file that the figures go to, one a line; - is standard output");
  flags.add("--sessions", job.sessions, "Write each session to this file too, as a JSON array of its events");
  flags.add("--late", job.late, "Write the events that came too late for their session to this file");
  flags.add("--on-bad-record", job.on_bad_record, "What happens at a line of --input that cannot be used");
  flags.add("--count", job.count, "Print only the number of figures and their sum");
  flags.add("--write-log", job.log, "Write the events to this event log (- for standard output) in place of figures");

  Totals totals;
  const int exit = weir::run_main(flags, argc, argv, [&] { return build(job, totals); });
  if (totals.late > 0 && exit == 0) {
    std::fprintf(stderr, "sessions_by_time: events that came too late for their session, and are in none: %llu\n",
                 static_cast<unsigned long long>(totals.late.load()));
  }
  if (job.count && exit == 0) {
    totals.figures.print();
  }
  return exit;
}
