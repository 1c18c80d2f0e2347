#include "kafka/loop_figures.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "kafka/topics.hpp"
#include "simulation/rng.hpp"

namespace weir::tests::kafka {
namespace {

using simulation::Rng;

constexpr std::uint64_t kUsers = 400;
constexpr int kPartitions = 4;
constexpr std::size_t kRecordsAtOnce = 20'000;

std::string event(std::string_view name, std::uint64_t user, std::string_view more = "") {
  return R"({"event":")" + std::string{name} + R"(","user":)" + std::to_string(user) + std::string{more} + "}";
}

/// The events of one user, who searches one to four times in a visit, and clicks on half of the results.
class User {
 public:
  User(std::uint64_t number, std::uint64_t visits) : number_{number}, visits_left_{visits} {}

  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] bool is_done() const { return visits_left_ == 0; }

  std::string next(Rng& rng) {
    switch (next_) {
      case Next::kOpen:
        next_ = Next::kSearch;
        searches_left_ = rng.between(1, 4);
        return event("AppOpen", number_);
      case Next::kSearch:
        if (searches_left_ == 0) {
          next_ = Next::kOpen;
          --visits_left_;
          return event("AppClose", number_);
        }
        --searches_left_;
        next_ = Next::kResults;
        return event("Search", number_, R"(,"query":"dogs")");
      case Next::kResults:
        next_ = rng.percent(50) ? Next::kClick : Next::kSearch;
        return event("Results", number_, R"(,"items":["fido","rover"])");
      case Next::kClick:
        next_ = Next::kSearch;
        return event("ClickResult", number_, R"(,"item":"rover")");
    }
    return {};
  }

 private:
  enum class Next : std::uint8_t { kOpen, kSearch, kResults, kClick };

  std::uint64_t number_;
  std::uint64_t visits_left_;
  std::uint64_t searches_left_ = 0;
  Next next_ = Next::kOpen;
};

}  // namespace

std::vector<Record> keyed_events(std::uint64_t visits) {
  Rng rng{1};
  std::vector<User> users;
  for (std::uint64_t user = 0; user < kUsers; ++user) {
    users.emplace_back(user, visits);
  }
  std::vector<Record> records;
  while (!users.empty()) {
    User& user = users[rng.below(users.size())];
    records.push_back({.partition = -1, .key = std::to_string(user.number()), .value = user.next(rng)});
    if (user.is_done()) {
      std::swap(user, users.back());
      users.pop_back();
    }
  }
  return records;
}

std::string write_events(std::uint64_t visits) {
  const std::string topic = create_topic(kPartitions, {}, "events");
  std::vector<Record> records;
  for (Record& event : keyed_events(visits)) {
    event.partition = static_cast<std::int32_t>(std::stoul(*event.key) % kPartitions);
    event.key.reset();
    records.push_back(std::move(event));
    if (records.size() == kRecordsAtOnce) {
      produce(topic, std::exchange(records, {}));
    }
  }
  produce(topic, records);
  return topic;
}

Figures read_figures(const std::string& topic) {
  Figures figures;
  for (const Record& record : read_all(topic)) {
    figures[record.key.value_or("")].push_back(record.value.value_or(""));
  }
  return figures;
}

std::int64_t undecided_offsets(const std::string& topic) {
  const std::vector<std::int64_t> decided = end_offsets(topic, Isolation::kCommitted);
  const std::vector<std::int64_t> all = end_offsets(topic, Isolation::kUncommitted);
  std::int64_t between = 0;
  for (std::size_t partition = 0; partition < all.size(); ++partition) {
    between += all[partition] - decided[partition];
  }
  return between;
}

Difference compare(const Figures& found, const Figures& expected) {
  std::set<std::string> users;
  for (const auto& [user, figures] : expected) {
    users.insert(user);
  }
  for (const auto& [user, figures] : found) {
    users.insert(user);
  }
  Difference difference;
  const auto of = [](const Figures& all, const std::string& user) {
    const auto at = all.find(user);
    return at == all.end() ? std::vector<std::string>{} : at->second;
  };
  for (const std::string& user : users) {
    const std::vector<std::string> is = of(found, user);
    const std::vector<std::string> should_be = of(expected, user);
    const std::size_t both = std::min(is.size(), should_be.size());
    const auto count = static_cast<std::ptrdiff_t>(both);
    if (!std::equal(is.begin(), is.begin() + count, should_be.begin())) {
      ++difference.others;
    } else {
      difference.missing += should_be.size() - both;
      difference.too_many += is.size() - both;
    }
  }
  return difference;
}

}  // namespace weir::tests::kafka
