// Counts events of users in one of several ways, which differ in what is open when the input ends or the run stops.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "weir/weir.hpp"

namespace op = weir::op;

namespace {

struct Event {
  std::int64_t second;
  std::string user;
};

weir::Time time_of(const Event& event) { return weir::Time{std::chrono::seconds{event.second}}; }

}  // namespace

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  std::vector<std::string> input;
  std::string output = "-";
  std::string seen = "seen";
  std::string by = "window";
  weir::Flags flags{"count_events", "Counts events."};
  flags.add("--input", input, "files, or - for standard input");
  flags.add("--output", output, "a file");
  flags.add("--seen", seen, "a file of all that was read");
  flags.add("--by", by, "window, final, reduce, scan, top or as_of");
  return weir::run_main(flags, argc, argv, [&] {
    weir::Dataflow flow{"count_events"};
    const auto events = flow.input("events", weir::JsonLines{input, weir::fields<Event>("second", "user")});
    events | op::map("user", [](const Event& event) { return event.user; }) | op::output("seen", weir::TextFile{seen});
    const auto by_user = events | op::key_on("by_user", &Event::user);
    const auto ones = by_user | op::map_value("one", [](const Event& /*event*/) { return std::uint64_t{1}; });
    const weir::EventClock clock{&time_of, 10s};
    const weir::TextFile out{output};
    if (by == "final") {
      ones | op::sum_final("count") | op::output("out", out);
    } else if (by == "reduce") {
      ones | op::reduce("count", std::plus<std::uint64_t>{}, [](std::uint64_t count) { return count == 3; }) |
          op::output("out", out);
    } else if (by == "scan") {
      ones |
          op::scan(
              "count", [] { return std::uint64_t{0}; }, [](std::uint64_t& sum, std::uint64_t one) { sum += one; }) |
          op::output("out", out);
    } else if (by == "top") {
      by_user | op::map_value("second", &Event::second) | op::top_n("count", 2) |
          op::map_value("size", [](const std::vector<std::int64_t>& top) { return top.size(); }) |
          op::output("out", out);
    } else if (by == "as_of") {
      op::as_of_join("count", clock, by_user, by_user) |
          op::map_value("second", [](const auto& row) { return row.first.second; }) | op::output("out", out);
    } else {
      by_user | op::count_window("count", weir::TumblingWindows{clock, 1min}) |
          op::map_value("value", [](const weir::InWindow<std::uint64_t>& window) { return window.value; }) |
          op::output("out", out);
    }
    return flow;
  });
}
