#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <weir/weir.hpp>

namespace weir::bench {

/// The output function of splitmix64.
constexpr std::uint64_t mix(std::uint64_t x) {
  std::uint64_t z = x + 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

/// What a run found, in numbers that no order of the work changes, and how long it took.
struct Outcome {
  std::uint64_t events = 0;   ///< what the rate counts: events, words or records
  std::uint64_t outputs = 0;  ///< results that reached the sinks: figures, distinct words, records
  std::uint64_t sum = 0;      ///< over them: of the figures, of the squared counts, the xor of the records
  double seconds = 0;
};

/// One worker's sums, on cache lines of their own.
struct alignas(128) Tally {
  std::uint64_t outputs = 0;
  std::uint64_t sum = 0;
};

/// How weir runs a workload.
struct Setup {
  std::size_t workers = 1;
  ExchangeMode exchange = ExchangeMode::kCereal;
};

struct AppOpen {
  std::uint64_t user;
};
struct Search {
  std::uint64_t user;
  std::string query;
};
struct Results {
  std::uint64_t user;
  std::vector<std::string> items;
};
struct ClickResult {
  std::uint64_t user;
  std::string item;
};
struct AppClose {
  std::uint64_t user;
};
using Event = std::variant<AppOpen, Search, Results, ClickResult, AppClose>;
using Session = std::vector<Event>;

/// One user's events: opens the app, searches one to four times with three results each, clicks on the first none, one
/// or two of them, and closes the app.
class Script {
 public:
  explicit Script(std::uint64_t user) : user_{user}, random_{mix(user)}, searches_left_{1 + (random_ & 3)} {}

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

/// The events of every `step`-th user below `users`, from `first` on, in groups of 1,024 users: in each round every
/// user of the group that still has events yields its next one.
class Events {
 public:
  Events(std::uint64_t users, std::uint64_t first, std::uint64_t step)
      : users_{users}, next_user_{first}, step_{step} {}

  std::optional<std::pair<std::uint64_t, Event>> operator()() {
    std::optional<std::pair<std::uint64_t, Event>> made{std::in_place};
    while (begin_round()) {
      while (next_ < live_) {
        const std::size_t script = next_++;
        if (group_[script].next(made->second)) {
          group_[kept_++] = group_[script];
          made->first = ++events_;
          return made;
        }
      }
    }
    made.reset();
    return made;
  }

 private:
  static constexpr std::size_t kGroup = 1'024;

  // Goes on with the round, the next one, or the next group; false when all users are through.
  bool begin_round() {
    if (next_ < live_) {
      return true;
    }
    live_ = std::exchange(kept_, 0);
    next_ = 0;
    if (live_ == 0) {
      group_.clear();
      for (; group_.size() < kGroup && next_user_ < users_; next_user_ += step_) {
        group_.emplace_back(next_user_);
      }
      live_ = group_.size();
    }
    return live_ > 0;
  }

  std::uint64_t users_;
  std::uint64_t next_user_;
  std::uint64_t step_;
  std::vector<Script> group_;
  std::size_t live_ = 0;  // scripts of the group that had events left when the round began
  std::size_t next_ = 0;  // the next of them in this round
  std::size_t kept_ = 0;  // those that yielded an event in this round
  std::uint64_t events_ = 0;
};

inline auto events_of(std::uint64_t users) {
  return ManualInput{[users](std::size_t worker_index, std::size_t worker_count, std::optional<std::uint64_t>) {
    return Events{users, worker_index, worker_count};
  }};
}

inline constexpr std::uint64_t kWordsPerLine = 16;

inline std::string make_line(std::uint64_t number) {
  std::string line;
  for (std::uint64_t word = 0; word < kWordsPerLine; ++word) {
    if (word != 0) {
      line += ' ';
    }
    line += "w" + std::to_string(mix(number * kWordsPerLine + word) % 100'000);
  }
  return line;
}

/// Every W-th of the numbers below `end`, as what `make` makes of it.
template <typename Make>
auto numbered(std::uint64_t end, Make make) {
  using Item = std::invoke_result_t<Make&, std::uint64_t>;
  return ManualInput{[end, make](std::size_t worker_index, std::size_t worker_count, std::optional<std::uint64_t>) {
    return [next = std::uint64_t{worker_index}, step = std::uint64_t{worker_count}, end, make]() mutable {
      std::optional<std::pair<std::uint64_t, Item>> made;
      if (next < end) {
        made.emplace(next, make(next));
        next += step;
      }
      return made;
    };
  }};
}

inline auto lines_of(std::uint64_t lines) {
  return numbered(lines, [](std::uint64_t number) { return make_line(number); });
}

inline auto records_of(std::uint64_t records) {
  return numbered(records, [](std::uint64_t number) { return mix(number); });
}

}  // namespace weir::bench
