#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <weir/weir.hpp>

#include "mix.hpp"
#include "search_sessions/events.hpp"

namespace search_sessions {

/// One user's visit, made on the fly: opens the app, searches one to four times, gets three results each time, clicks
/// on the first none, one or two of them, and closes the app.
class Visit {
 public:
  explicit Visit(std::uint64_t user) : Visit{user, mix(user)} {}

  /// Another number makes another visit of the user.
  Visit(std::uint64_t user, std::uint64_t random) : user_{user}, random_{random}, searches_left_{1 + (random_ & 3)} {}

  /// Writes the user's next event; false when there is none.
  bool next(Event& event) {
    switch (next_) {
      case Next::kOpen:
        event = AppOpen{user_};
        next_ = Next::kSearch;
        return true;
      case Next::kSearch:
        if (searches_left_ == 0) {
          event = AppClose{user_};
          next_ = Next::kNothing;
          return true;
        }
        --searches_left_;
        random_ = mix(random_);
        clicks_left_ = (random_ >> 8) % 3;
        item_ = (random_ >> 16) % 100'000;
        event = Search{user_, "q" + std::to_string(random_ % 10'000)};
        next_ = Next::kResults;
        return true;
      case Next::kResults:
        event = Results{user_, {item(item_), item(item_ + 1), item(item_ + 2)}};
        next_ = clicks_left_ > 0 ? Next::kClick : Next::kSearch;
        return true;
      case Next::kClick:
        event = ClickResult{user_, item(item_++)};
        next_ = --clicks_left_ > 0 ? Next::kClick : Next::kSearch;
        return true;
      case Next::kNothing:
        return false;
    }
    return false;
  }

 private:
  enum class Next : std::uint8_t { kOpen, kSearch, kResults, kClick, kNothing };

  static std::string item(std::uint64_t number) { return "item-" + std::to_string(number); }

  std::uint64_t user_;
  std::uint64_t random_;
  std::uint64_t searches_left_;
  std::uint64_t clicks_left_ = 0;
  std::uint64_t item_ = 0;
  Next next_ = Next::kOpen;
};

/// The events of every `step`-th user below `users`, from `first` on, with the number of events so far as state. Users
/// come in groups of 1,024; in each round a user of the group yields its next event.
inline weir::Generator<std::pair<std::uint64_t, Event>> visits(std::uint64_t users, std::uint64_t first,
                                                               std::uint64_t step) {
  constexpr std::size_t kGroup = 1'024;
  std::uint64_t events = 0;
  std::vector<Visit> group;
  for (std::uint64_t user = first; user < users;) {
    for (; group.size() < kGroup && user < users; user += step) {
      group.emplace_back(user);
    }
    while (!group.empty()) {
      auto going_on = group.begin();
      for (auto visit = group.begin(); visit != group.end(); ++visit) {
        std::pair<std::uint64_t, Event> made;
        if (!visit->next(made.second)) {
          continue;
        }
        made.first = ++events;
        co_yield std::move(made);
        if (going_on != visit) {
          *going_on = *visit;
        }
        ++going_on;
      }
      group.erase(going_on, group.end());
    }
  }
}

/// Each worker makes the events of its own share of the users.
inline auto generated_events(std::uint64_t users) {
  return weir::ManualInput{[users](std::size_t worker_index, std::size_t worker_count, std::optional<std::uint64_t>) {
    return visits(users, worker_index, worker_count);
  }};
}

}  // namespace search_sessions
