#include "baseline_json.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <simdjson.h>

namespace {

struct Event {
  char kind;
  std::string text;
  std::vector<std::string> items;
};

weir::bench::Outcome run(const std::string& path) {
  auto t0 = std::chrono::steady_clock::now();
  simdjson::ondemand::parser parser;
#ifdef SIMDJSON_THREADS_ENABLED
  parser.threaded = false;
#endif
  auto file = simdjson::padded_string::load(path).value();
  simdjson::ondemand::document_stream docs = parser.iterate_many(file, 1 << 20).value();
  std::unordered_map<uint64_t, std::vector<Event>> open;
  uint64_t n = 0, outputs = 0, clicked = 0;
  for (auto doc : docs) {
    ++n;
    std::string_view kind = doc["event"].get_string().value();
    uint64_t user = doc["user"].get_uint64().value();
    auto& session = open[user];
    Event e{kind[0], {}, {}};
    if (kind == "Search") {
      e.text = std::string(doc["query"].get_string().value());
    } else if (kind == "Results") {
      for (auto item : doc["items"].get_array()) e.items.emplace_back(item.get_string().value());
    } else if (kind == "ClickResult") {
      e.text = std::string(doc["item"].get_string().value());
    } else {
      e.kind = kind == "AppClose" ? 'X' : 'O';
    }
    bool close = e.kind == 'X';
    session.push_back(std::move(e));
    if (close) {
      bool in = false, click = false;
      for (auto& x : session) {
        if (x.kind == 'S') {
          if (in) {
            ++outputs;
            clicked += click;
          }
          in = true;
          click = false;
        }
        if (x.kind == 'C') click = true;
      }
      if (in) {
        ++outputs;
        clicked += click;
      }
      open.erase(user);
    }
  }
  double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count();
  return {n, outputs, clicked, s};
}

weir::bench::Outcome run_counts(const std::string& path) {
  auto t0 = std::chrono::steady_clock::now();
  simdjson::ondemand::parser parser;
#ifdef SIMDJSON_THREADS_ENABLED
  parser.threaded = false;
#endif
  auto file = simdjson::padded_string::load(path).value();
  simdjson::ondemand::document_stream docs = parser.iterate_many(file, 1 << 20).value();
  std::unordered_map<uint64_t, uint64_t> counts;
  uint64_t n = 0, sum = 0;
  for (auto doc : docs) {
    ++n;
    std::string_view kind = doc["event"].get_string().value();
    uint64_t user = doc["user"].get_uint64().value();
    Event e{kind[0], {}, {}};
    if (kind == "Search") {
      e.text = std::string(doc["query"].get_string().value());
    } else if (kind == "Results") {
      for (auto item : doc["items"].get_array()) e.items.emplace_back(item.get_string().value());
    } else if (kind == "ClickResult") {
      e.text = std::string(doc["item"].get_string().value());
    }
    counts[user] += 1 + (e.kind == 0);  // so that the event is made
  }
  for (auto& [user, count] : counts) sum += count * count;
  double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count();
  return {n, counts.size(), sum, s};
}

}  // namespace

weir::bench::Outcome weir::bench::hand_written_json_counts(const std::string& path) { return ::run_counts(path); }

weir::bench::Outcome weir::bench::hand_written_json_sessions(const std::string& path) { return ::run(path); }
