#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "application/sim_kafka.hpp"
#include "application/sim_process.hpp"
#include "simulation/rng.hpp"
#include "simulation/seeds.hpp"
#include "weir/detail/exchange/shard.hpp"

namespace weir::simulation {
namespace {

constexpr std::uint64_t kSeeds = 300;
constexpr int kMostSteps = 60'000;

SimFaults random_faults(Rng& rng) {
  const auto some = [&rng](std::uint64_t most) { return rng.percent(60) ? rng.below(most) : 0; };
  return {.lose_end = some(30),
          .delay_end = some(30),
          .lag_markers = some(95),
          .lose_offsets = some(20),
          .skip_markers = some(60),
          .answer_again = some(20)};
}

/// One application in a world where everything fails.
class World {
 public:
  explicit World(std::uint64_t seed) : rng_{seed}, kafka_{rng_, random_faults(rng_)} {
    job_ = {.names = {.id = "app", .topics = {"src"}},
            .shards = static_cast<std::uint32_t>(rng_.between(1, 6)),
            .reads = rng_.between(10, 100),
            .ticks = rng_.between(10, 80),
            .notices = rng_.between(1, 10)};
    const std::uint64_t keys = rng_.between(1, 12);
    for (std::uint64_t messages = rng_.between(20, 150); messages > 0; --messages) {
      const std::string key = "k" + std::to_string(rng_.below(keys));
      const std::uint32_t shard = detail::exchange::shard_of(key, job_.shards);
      kafka_.append({"src", static_cast<std::int32_t>(shard)}, key, "x");
      ++expected_[key];
    }
  }

  /// Empty, or what is wrong.
  std::string run() {
    for (std::uint64_t i = rng_.between(1, 4); i > 0; --i) {
      start();
    }
    std::uint64_t faults = rng_.below(25);
    for (int step = 0; step < kMostSteps; ++step) {
      this->step();
      if (faults > 0 && rng_.percent(3)) {
        --faults;
        fail();
      } else if (faults == 0 && !calm_ && rng_.percent(2)) {
        calm_down();
      }
      for (const auto& process : processes_) {
        if (process->failure() != nullptr) {
          return "a process failed: " + words(process->failure());
        }
      }
      if (calm_ && all_read()) {
        return check();
      }
    }
    return "it does not come to an end";
  }

 private:
  static std::string words(const std::exception_ptr& failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      return error.what();
    }
  }

  void start() {
    processes_.push_back(std::make_unique<SimProcess>(kafka_, rng_, job_, "p" + std::to_string(started_++ % 3)));
    paused_[processes_.back().get()] = kafka_.now();
  }

  [[nodiscard]] bool runs(const SimProcess& process) const {
    return !process.finished() && paused_.at(&process) <= kafka_.now();
  }

  void step() {
    kafka_.step(std::chrono::milliseconds{rng_.below(40)});
    if (!calm_ && rng_.percent(3)) {
      kafka_.kill_broker();
    }
    for (const auto& process : processes_) {
      if (runs(*process)) {
        process->background();
      }
    }
    SimProcess& next = *processes_[rng_.below(processes_.size())];
    if (runs(next)) {
      next.resume();
    }
    std::erase_if(processes_, [](const auto& process) { return process->finished() && process->failure() == nullptr; });
    if (processes_.empty()) {
      start();
    }
  }

  void fail() {
    SimProcess& process = *processes_[rng_.below(processes_.size())];
    switch (rng_.below(8)) {
      case 0:
      case 1:
        process.kill();
        process.resume();
        break;
      case 2:
      case 3:
      case 4:
        paused_[&process] = kafka_.now() + std::chrono::milliseconds{rng_.between(500, 15'000)};
        break;
      case 5:
        kafka_.kill_broker();
        break;
      case 6:
        process.stop();
        break;
      default:
        break;
    }
    if (processes_.size() < 4 && rng_.percent(50)) {
      start();
    }
  }

  void calm_down() {
    calm_ = true;
    kafka_.set_faults({});
    for (const auto& process : processes_) {
      paused_[process.get()] = kafka_.now();
    }
  }

  // All items are read and no process has anything left to emit.
  bool all_read() {
    for (const auto& process : processes_) {
      process->calm();
    }
    return rng_.percent(5) && counted().first == expected_;
  }

  using Counts = std::map<std::string, std::uint64_t>;

  // The committed items by key, and the first thing that is wrong with them.
  std::pair<Counts, std::string> counted() {
    Counts items;
    Counts ticks;
    std::string wrong;
    for (std::uint32_t shard = 0; shard < job_.shards; ++shard) {
      for (const SimRecord& record : kafka_.log({"out", static_cast<std::int32_t>(shard)})) {
        if (record.kind != SimRecord::Kind::kData || record.fate != SimRecord::Fate::kCommitted) {
          continue;
        }
        const bool tick = record.value->front() == 't';
        const std::uint64_t number = std::stoull(record.value->substr(1));
        std::uint64_t& known = (tick ? ticks : items)[record.key];
        if (number != known + 1 && wrong.empty()) {
          wrong = record.key + ": " + *record.value + " after " + std::to_string(known);
        }
        known = number;
      }
    }
    return {items, wrong};
  }

  // The rest of what is under way comes in too.
  std::string check() {
    for (int more = 0; more < 500; ++more) {
      step();
    }
    const auto [items, wrong] = counted();
    return !wrong.empty() ? wrong : items == expected_ ? "" : "items were counted twice";
  }

  Rng rng_;
  SimKafka kafka_;
  SimJob job_;
  std::map<const SimProcess*, SimKafka::Time> paused_;
  std::vector<std::unique_ptr<SimProcess>> processes_;
  Counts expected_;
  std::uint64_t started_ = 0;
  bool calm_ = false;
};

TEST(AnApplicationOnASimulatedKafka, EmitsEachCountOfEachKeyOnceAndInOrderWhateverFails) {
  for (const std::uint64_t seed : seeds(kSeeds)) {
    ASSERT_EQ(World{seed}.run(), "") << "with WEIR_TEST_SEED=" << seed;
  }
}

}  // namespace
}  // namespace weir::simulation
