#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "unit/operators/only_worker.hpp"
#include "weir/detail/keyed/alarms.hpp"
#include "weir/detail/windows/session_logic.hpp"
#include "weir/window.hpp"

namespace weir::detail {
namespace {

using namespace std::chrono_literals;

Time at(std::int64_t nanosecond) { return Time{std::chrono::nanoseconds{nanosecond}}; }

constexpr std::int64_t kGap = 10;

/// Writes values one after the other.
struct Written {
  static std::string first(char value) { return {value}; }
  static void add(std::string& text, char value) { text += value; }
  static void merge(std::string& text, const std::string& other) { text += other; }
  static std::string result(const std::string& text) { return text; }
};

struct Session {
  std::int64_t first = 0;
  std::int64_t end = 0;
  std::string text;
  friend auto operator<=>(const Session&, const Session&) = default;
};
using Sessions = std::vector<Session>;

/// Takes the newest result of each session, and drops that of a session that is merged away.
struct Consumer {
  std::map<std::int64_t, Session>* of_id;

  void result(const Window& window, std::string text) const {
    (*of_id)[window.id] = {window.start.time_since_epoch().count(), window.end.time_since_epoch().count(),
                           std::move(text)};
  }
  static void late(char&& /*value*/) { FAIL() << "nothing is late"; }
  void event(WindowEvent::Kind kind, const Window& window, std::int64_t /*into*/ = 0) const {
    if (kind == WindowEvent::Kind::kMerged) {
      of_id->erase(window.id);
    }
  }
};

struct Item {
  std::int64_t time;
  char value;
};

/// What the consumer has in the end, if time comes to 25 after so many items.
Sessions consumed(const std::vector<Item>& items, std::size_t before) {
  OnlyWorker worker;
  keyed::StepAlarms time{worker.parts("sessions")};
  using Logic = windows::SessionLogic<Written, windows::ClockedArrivals<char>>;
  Logic logic{{}, {}, std::chrono::nanoseconds{kGap}, 1000ns};
  Logic::Holder state;
  std::map<std::int64_t, Session> of_id;
  Consumer consumer{&of_id};
  const auto watermark = [&](Time to) {
    time.advance({to, at(0)});
    for (auto slots = time.take(); !slots.empty(); slots = time.take()) {
      for (std::size_t i = 0; i < slots.size() && state; ++i) {
        keyed::Alarms alarms{0, time};
        if (!logic.put_off(state, alarms)) {
          logic.on_alarm(0, state, consumer, alarms);
        }
      }
    }
  };
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i == before) {
      watermark(at(25));
    }
    keyed::Alarms alarms{0, time};
    time::Timed<char> item{items[i].value, at(items[i].time), std::max(at(items[i].time), time.watermark())};
    if (auto rest = logic.glance(state, std::move(item), alarms)) {
      logic.on_item(0, state, *std::move(rest), consumer, alarms);
    }
  }
  watermark(Time::max() - 1s);
  Sessions all;
  for (const auto& [id, session] : of_id) {
    all.push_back(session);
  }
  std::ranges::sort(all);
  return all;
}

// An item joins the sessions that it lies in, the earlier ones first, and is written after them.
Sessions reference(const std::vector<Item>& items) {
  Sessions all;
  for (const Item& item : items) {
    Session joined{item.time, item.time + kGap, ""};
    Sessions rest;
    std::ranges::sort(all);
    for (const Session& each : all) {
      if (item.time < each.end && each.first < item.time + kGap) {
        joined = {std::min(joined.first, each.first), std::max(joined.end, each.end), joined.text + each.text};
      } else {
        rest.push_back(each);
      }
    }
    joined.text += item.value;
    rest.push_back(joined);
    all = rest;
  }
  std::ranges::sort(all);
  return all;
}

TEST(SessionsThatMerge, FoldTheEarlierOneFirstInAnyOrderOfArrival) {
  std::vector<Item> items{{0, 'a'}, {8, 'b'}, {16, 'c'}, {23, 'd'}, {30, 'e'}, {39, 'f'}, {60, 'g'}};
  do {
    const Sessions expected = reference(items);
    ASSERT_EQ(expected.size(), 2U);
    for (const std::size_t before : {std::size_t{2}, std::size_t{4}, items.size()}) {
      ASSERT_EQ(consumed(items, before), expected) << before << " items before the watermark";
    }
  } while (std::ranges::next_permutation(items, {}, &Item::value).found);
}

}  // namespace
}  // namespace weir::detail
