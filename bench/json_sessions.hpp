#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include <stdlib.h>

#include "measured.hpp"
#include "search_sessions/event_log.hpp"
#include "search_sessions/generate.hpp"
#include "search_sessions/sessions.hpp"
#include "workloads.hpp"

namespace weir::bench {

/// The events of S in a file of JSON Lines, gone with it.
class SessionLog {
 public:
  explicit SessionLog(std::uint64_t users) {
    std::string folder = (std::filesystem::temp_directory_path() / "weir-bench-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) {
      throw std::runtime_error{"no temporary folder can be made"};
    }
    folder_ = folder;
    Dataflow flow{"log"};
    flow.input("input", search_sessions::generated_events(users))  //
        | op::output("out", JsonLinesOutput{path(), search_sessions::event_shape()});
    run(flow, RunOptions{});
  }
  SessionLog(const SessionLog&) = delete;
  SessionLog& operator=(const SessionLog&) = delete;
  ~SessionLog() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] std::string path() const { return (folder_ / "events.jsonl").string(); }

 private:
  std::filesystem::path folder_;
};

/// One figure for each search of a session: whether a result was clicked on.
inline std::vector<double> figures_of(const search_sessions::Session& session) {
  std::vector<double> figures;
  for (const search_sessions::Event& event : session) {
    if (search_sessions::is_search(event)) {
      figures.push_back(0);
    } else if (search_sessions::is_click(event) && !figures.empty()) {
      figures.back() = 1;
    }
  }
  return figures;
}

/// Each event of a log is read, crosses to its user's worker and is appended to the user's session there.
inline Outcome run_json_sessions(const SessionLog& log, const Setup& setup) {
  using search_sessions::Event;
  using search_sessions::Session;
  std::vector<Tally> tallies(setup.workers);
  Outcome outcome;
  outcome.seconds = seconds_of([&] {
    Dataflow flow{"json_sessions"};
    flow.input("input", JsonLines{{log.path()}, search_sessions::event_shape()})  //
        | op::key_on("user",
                     [](const Event& event) { return std::visit([](const auto& any) { return any.user; }, event); })  //
        | op::fold(
              "sessionizer", [] { return Session{}; },
              [](Session& session, Event&& event) { session.push_back(std::move(event)); },
              search_sessions::session_has_closed)                                                            //
        | op::map("remove_key", [](std::pair<std::uint64_t, Session>&& of) { return std::move(of.second); })  //
        | op::flat_map("figures", figures_of)                                                                 //
        | op::output("out", tally_into(tallies, [](Tally& tally, double figure) {
                       ++tally.outputs;
                       tally.sum += static_cast<std::uint64_t>(figure);
                     }));
    outcome.events = run(flow, options_of(setup)).steps.front().items;
  });
  add_up(outcome, tallies);
  return outcome;
}

/// Each event of a log is read and counted on its user's worker, in any order: several workers read parts of the log.
inline Outcome run_json_counts(const SessionLog& log, const Setup& setup) {
  using search_sessions::Event;
  std::vector<Tally> tallies(setup.workers);
  Outcome outcome;
  outcome.seconds = seconds_of([&] {
    Dataflow flow{"json_counts"};
    JsonLines events{{log.path()}, search_sessions::event_shape()};
    if (setup.workers > 1) {
      events.in_parts();
    }
    flow.input("input", std::move(events)) | op::count_final("count", [](const Event& event) {
      return std::visit([](const auto& any) { return any.user; }, event);
    }) | op::output("out", tally_into(tallies, [](Tally& tally, const std::pair<std::uint64_t, std::uint64_t>& count) {
                      ++tally.outputs;
                      tally.sum += count.second * count.second;
                    }));
    outcome.events = run(flow, options_of(setup)).steps.front().items;
  });
  add_up(outcome, tallies);
  return outcome;
}

}  // namespace weir::bench
