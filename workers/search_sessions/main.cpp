// Click-through figures of search sessions: one figure for every search in an app's event log, 1.0 if one of its
// results was clicked on and 0.0 if none was.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <weir/weir.hpp>

#include "search_sessions/event_log.hpp"
#include "search_sessions/events.hpp"
#include "search_sessions/generate.hpp"
#include "search_sessions/sessions.hpp"
#include "search_sessions/topics.hpp"
#include "search_sessions/total.hpp"

namespace {

using namespace search_sessions;
namespace op = weir::op;

/// Two users: one searches for dogs and cats and clicks, one searches for fruit and does not.
std::vector<std::pair<int, Event>> sample() {
  const std::vector<Event> events{
      AppOpen{1},
      Search{1, "dogs"},
      Results{1, {"fido", "rover", "buddy"}},
      ClickResult{1, "rover"},
      Search{1, "cats"},
      Results{1, {"fluffy", "burrito", "kathy"}},
      ClickResult{1, "fluffy"},
      ClickResult{1, "kathy"},
      AppOpen{2},
      Search{2, "fruit"},
      AppClose{1},
      AppClose{2},
  };
  std::vector<std::pair<int, Event>> numbered;
  numbered.reserve(events.size());
  for (const Event& event : events) {
    numbered.emplace_back(static_cast<int>(numbered.size()) + 1, event);
  }
  return numbered;
}

/// The sample is one partition, so it is read once, however many workers there are.
auto sample_input() {
  return weir::PartitionedInput{{"sample"}, [](const std::string&, std::optional<int>) { return sample(); }};
}

/// What the command line asks for.
struct Job {
  std::vector<std::string> input;
  std::uint64_t users = 0;
  std::string output{"-"};
  std::string log;
  weir::OnBadRecord on_bad_record = weir::OnBadRecord::stop();
  bool count = false;
};

weir::Stream<Event> read_events(weir::Dataflow& flow, const Job& job, const Topics& topics) {
  if (int{!job.input.empty()} + int{job.users > 0} + int{topics.has_input()} > 1) {
    throw weir::UsageError{"--input, --input-topic and --generate exclude each other; give one of them"};
  }
  if (topics.has_input()) {
    return topics.read(flow, job.on_bad_record);
  }
  if (!job.input.empty()) {
    return flow.input("input", weir::JsonLines{job.input, event_shape()}, job.on_bad_record);
  }
  return job.users > 0 ? flow.input("input", generated_events(job.users)) : flow.input("input", sample_input());
}

weir::Dataflow build(const Job& job, const Topics& topics, Total& total) {
  weir::Dataflow flow{"search_sessions"};
  const auto events = read_events(flow, job, topics);
  if (!job.log.empty()) {
    events | op::output("log", weir::JsonLinesOutput{job.log, event_shape()});
    return flow;
  }
  if (topics.has_output()) {
    topics.write_figures_of(events);
    return flow;
  }
  const auto ctrs = click_through(events);
  if (job.count) {
    ctrs | op::output("out", weir::ManualOutput{[&](std::size_t, std::size_t) { return Share{total}; }});
  } else {
    ctrs | op::output("out", weir::TextFile{job.output});
  }
  return flow;
}

}  // namespace

int main(int argc, char** argv) {
  Job job;
  weir::Flags flags{"search_sessions",
                    "Prints a click-through figure for every search in an app's event log. Without "
                    "flags it runs on a small sample."};
  flags.add("--input", job.input, "Event logs to read (JSON Lines): files, directories, or - for standard input");
  flags.add("--generate", job.users, "Make the events of this many users instead");
  flags.add("--output", job.output, "The file that the figures go to, one a line; - is standard output");
  const Topics topics{flags};
  flags.add("--on-bad-record", job.on_bad_record, "What happens at a line or message that cannot be used");
  flags.add("--count", job.count, "Print only the number of figures and their sum");
  flags.add("--write-log", job.log, "Write the events to this event log (- for standard output) in place of figures");

  Total total;
  const int exit = weir::run_main(flags, argc, argv, [&] { return build(job, topics, total); });
  if (job.count && exit == 0) {
    total.print();
  }
  return exit;
}
