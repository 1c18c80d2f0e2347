#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "exchange/park_word.hpp"
#include "exchange/ready_word.hpp"
#include "exchange/spsc.hpp"
#include "interleaving/explorer.hpp"
#include "interleaving/futex.hpp"
#include "interleaving/traced.hpp"

/// Small programs over the channel and the parking, as workers use them.
namespace weir::interleaving {

/// What a scenario varies. `looks_again` is false only to show that a worker must look again before it sleeps.
struct ChannelOptions {
  std::size_t capacity = 1;
  std::uint64_t items = 3;
  bool looks_again = true;
};

template <template <typename> class AtomicOf>
using Ring = detail::exchange::Spsc<Traced, AtomicOf>;

template <template <typename> class AtomicOf>
using Park = detail::exchange::ParkWord<AtomicOf, Futex>;

/// Items are numbered from 1; a receiver gets each once and in order.
class ExpectedItems {
 public:
  void receive(const Traced& item) {
    const std::uint64_t value = item.value();
    if (value != received_ + 1) {
      Explorer::current().fail("item ", value, " came after item ", received_);
    }
    ++received_;
  }

  [[nodiscard]] std::uint64_t received() const { return received_; }

 private:
  std::uint64_t received_ = 0;
};

/// Sleeps on `park` until `attempt` succeeds, looking again by `look` before each sleep.
template <typename ParkOf, typename Attempt, typename Look>
void park_until(ParkOf& park, bool wants_room, bool looks_again, Attempt attempt, Look look) {
  while (!attempt()) {
    park.announce(wants_room);
    if (looks_again && look()) {
      park.cancel();
    } else {
      park.wait(std::nullopt);
    }
  }
}

/// One sends to one; each parks when it cannot go on.
template <template <typename> class AtomicOf>
class PairScenario final : public Scenario {
 public:
  static constexpr FiberIndex kProducer = 0;
  static constexpr FiberIndex kConsumer = 1;

  explicit PairScenario(ChannelOptions options) : options_{options}, ring_{options.capacity} {}

  std::size_t fibers() const override { return 2; }

  void run(FiberIndex fiber) override { fiber == kProducer ? produce() : consume(); }

  std::string check() override { return ring_.empty() ? "" : "an item was left behind"; }

 private:
  void produce() {
    for (std::uint64_t i = 1; i <= options_.items; ++i) {
      Traced item{i};
      park_until(
          producer_, true, options_.looks_again, [&] { return ring_.try_push(std::move(item)); },
          [&] { return ring_.has_room(); });
      consumer_.wake();
    }
  }

  void consume() {
    Traced item{0};
    while (expected_.received() < options_.items) {
      park_until(
          consumer_, false, options_.looks_again, [&] { return ring_.try_pop(item); }, [&] { return !ring_.empty(); });
      producer_.wake_for_room();
      expected_.receive(item);
    }
  }

  const ChannelOptions options_;
  Ring<AtomicOf> ring_;
  Park<AtomicOf> producer_;
  Park<AtomicOf> consumer_;
  ExpectedItems expected_;
};

/// One sends to one; neither waits. What is still in the ring at the end is looked at there.
template <template <typename> class AtomicOf>
class PollingScenario final : public Scenario {
 public:
  explicit PollingScenario(ChannelOptions options) : options_{options}, ring_{options.capacity} {}

  std::size_t fibers() const override { return 2; }

  void run(FiberIndex fiber) override {
    for (std::uint64_t attempt = 0; attempt < options_.items; ++attempt) {
      if (fiber == 0) {
        sent_ += ring_.try_push(Traced{sent_ + 1}) ? 1 : 0;
      } else {
        receive();
      }
    }
  }

  std::string check() override {
    Traced item{0};
    std::uint64_t received = expected_.received();
    while (ring_.try_pop(item)) {
      if (item.value() != ++received) {
        return "the ring ends in item " + std::to_string(item.value());
      }
    }
    return received == sent_ ? "" : "an item was lost";
  }

 private:
  void receive() {
    Traced item{0};
    if (ring_.try_pop(item)) {
      expected_.receive(item);
    }
  }

  const ChannelOptions options_;
  Ring<AtomicOf> ring_;
  std::uint64_t sent_ = 0;
  ExpectedItems expected_;
};

/// Two send to one, each over a ring and a ready word of its own; all park.
template <template <typename> class AtomicOf>
class FanInScenario final : public Scenario {
 public:
  static constexpr FiberIndex kReceiver = 2;

  explicit FanInScenario(ChannelOptions options)
      : options_{options}, senders_{Sender{options.capacity}, Sender{options.capacity}} {}

  std::size_t fibers() const override { return 3; }

  void run(FiberIndex fiber) override { fiber == kReceiver ? receive() : send(senders_[fiber]); }

 private:
  static constexpr unsigned kEdge = 5;

  struct Sender {
    explicit Sender(std::size_t capacity) : ring{capacity} {}

    Ring<AtomicOf> ring;
    detail::exchange::ReadyWord<AtomicOf> ready;
    Park<AtomicOf> park;
    ExpectedItems expected;
  };

  void send(Sender& self) {
    for (std::uint64_t i = 1; i <= options_.items; ++i) {
      Traced item{i};
      const auto push = [&] { return self.ring.try_push(std::move(item)); };
      const auto look = [&] { return self.ring.has_room(); };
      park_until(self.park, true, options_.looks_again, push, look);
      self.ready.raise(kEdge);
      receiver_.wake();
    }
  }

  void receive() {
    while (senders_[0].expected.received() + senders_[1].expected.received() < 2 * options_.items) {
      const auto peek = [&] { return senders_[0].ready.peek() || senders_[1].ready.peek(); };
      park_until(receiver_, false, options_.looks_again, [&] { return drain(); }, peek);
    }
  }

  bool drain() {
    bool found = false;
    for (Sender& sender : senders_) {
      const std::uint64_t edges = sender.ready.take();
      if (edges == 0) {
        continue;
      }
      if (edges != std::uint64_t{1} << kEdge) {
        Explorer::current().fail("a bit that nobody raised");
      }
      Traced item{0};
      while (sender.ring.try_pop(item)) {
        found = true;
        sender.expected.receive(item);
        sender.park.wake_for_room();
      }
    }
    return found;
  }

  const ChannelOptions options_;
  std::array<Sender, 2> senders_;
  Park<AtomicOf> receiver_;
};

/// Two workers send to each other; each sleeps on one word for items and for room.
template <template <typename> class AtomicOf>
class TwoWayScenario final : public Scenario {
 public:
  explicit TwoWayScenario(ChannelOptions options)
      : options_{options}, workers_{Worker{options.capacity}, Worker{options.capacity}} {}

  std::size_t fibers() const override { return 2; }

  void run(FiberIndex fiber) override {
    Worker& self = workers_[fiber];
    Worker& peer = workers_[1 - fiber];
    while (self.sent < options_.items || self.expected.received() < options_.items) {
      const auto attempt = [&] { return step(self, peer); };
      const auto look = [&] { return !self.inbox.empty() || (self.sent < options_.items && peer.inbox.has_room()); };
      park_until(self.park, self.sent < options_.items, options_.looks_again, attempt, look);
    }
  }

 private:
  struct Worker {
    explicit Worker(std::size_t capacity) : inbox{capacity} {}

    Ring<AtomicOf> inbox;
    Park<AtomicOf> park;
    std::uint64_t sent = 0;
    ExpectedItems expected;
  };

  bool step(Worker& self, Worker& peer) {
    bool progress = false;
    if (self.sent < options_.items && peer.inbox.try_push(Traced{self.sent + 1})) {
      ++self.sent;
      peer.park.wake();
      progress = true;
    }
    Traced item{0};
    if (self.inbox.try_pop(item)) {
      self.expected.receive(item);
      peer.park.wake_for_room();
      progress = true;
    }
    return progress;
  }

  const ChannelOptions options_;
  std::array<Worker, 2> workers_;
};

}  // namespace weir::interleaving
