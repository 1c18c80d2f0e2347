// A flow that runs until it is stopped, with one fault planted in it: what must its page and its alerts say?
//
// A line on standard output tells where a fault is: "planted on worker 1".

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <dlfcn.h>

#include "weir/weir.hpp"

namespace {

namespace op = weir::op;
using namespace std::chrono_literals;

constexpr std::uint64_t kUsers = 64;
constexpr std::uint64_t kHotUser = 0;
constexpr std::uint32_t kSlowWorker = 1;
constexpr auto kTick = 10ms;
constexpr std::uint64_t kItemsPerTick = 10;  // of a partition: the flow is idle for most of the time
constexpr std::uint64_t kBeforeFault = 300;  // items of a partition
constexpr std::int64_t kLateEvery = 10;
constexpr auto kFoundByTime = 3s;  // after it, a counter was scraped before its first fault

std::atomic<bool> store_is_slow{false};

void tell(std::uint32_t worker) {
  std::printf("planted on worker %u\n", worker);
  std::fflush(stdout);
}

struct Event {
  weir::Time time;
  std::uint64_t user;
  std::uint64_t number;
};

/// Makes a thousand events a second, or as many as the flow takes if it is to be slow.
class Events final : public weir::SourcePartition<Event> {
 public:
  Events(std::string fault, bool planted) : fault_{std::move(fault)}, planted_{planted} {}

  weir::Poll poll(weir::Emit<Event>& emit) override {
    if (planted_ && made_ >= kBeforeFault) {
      store_is_slow = fault_ == "slow_store";
      if (fault_ == "stalled_partition") {
        return weir::Poll::idle();
      }
    }
    for (std::uint64_t i = 0; i < kItemsPerTick && emit.open(); ++i) {
      ++made_;
      const bool late = fault_ == "late_items" && made_ % kLateEvery == 0;
      const std::uint64_t user = fault_ == "hot_key" && made_ % kLateEvery != 0 ? kHotUser : made_ % kUsers;
      emit(Event{std::chrono::system_clock::now() - (late ? 1h : 0h), user, made_});
    }
    const bool full = fault_ == "slow_sink" || fault_ == "slow_step" || fault_ == "hot_key";
    return full ? weir::Poll::more() : weir::Poll::idle(kTick);
  }

  [[nodiscard]] std::string position() const override { return std::to_string(made_); }

  // Ten times as many come as are read.
  [[nodiscard]] std::optional<weir::SourceProgress> progress() const override {
    return weir::SourceProgress{.done = made_, .total = fault_ == "growing_lag" ? made_ * 10 : made_, .grows = true};
  }

 private:
  std::string fault_;
  bool planted_;
  std::uint64_t made_ = 0;
};

struct EventInput {
  using Item = Event;
  std::string fault;

  [[nodiscard]] std::vector<std::string> partitions() const { return {"events-0", "events-1"}; }

  [[nodiscard]] std::unique_ptr<weir::SourcePartition<Event>> open(const std::string& name,
                                                                   const std::optional<std::string>& /*position*/,
                                                                   const weir::OpenContext& context) const {
    const bool planted = name == "events-1";
    if (planted && fault == "stalled_partition") {
      tell(context.worker.index);
    }
    return std::make_unique<Events>(fault, planted);
  }
};

/// Throws, does not return, or passes events on.
auto check_events(const std::string& fault) {
  return weir::per_worker([fault](weir::WorkerContext worker) {
    const bool planted = worker.index == kSlowWorker;
    if (planted && fault == "no_return") {
      tell(worker.index);
    }
    return [fault, planted, began = std::chrono::steady_clock::now()](Event&& event) {
      const bool now = planted && std::chrono::steady_clock::now() - began > kFoundByTime;
      if (now && fault == "no_return") {
        std::this_thread::sleep_for(24h);
      }
      if (now && (fault == "failing_step" || fault == "bad_items")) {
        throw std::runtime_error{"planted"};
      }
      return event;
    };
  });
}

/// Counts the events of each user.
auto count_events(const std::string& fault) {
  return weir::per_worker([fault](weir::WorkerContext worker) {
    const bool slow = fault == "slow_step" && worker.index == kSlowWorker;
    if (slow) {
      tell(worker.index);
    }
    const bool hot = fault == "hot_key";
    return [slow, hot, worker, told = false](std::optional<std::uint64_t>& count, Event&& event) mutable {
      if (slow || hot) {
        std::this_thread::sleep_for(1ms);  // not a loop: a test beside it has the processor
      }
      if (hot && event.user == kHotUser && !std::exchange(told, true)) {
        tell(worker.index);
      }
      count = count.value_or(0) + 1;
      return event;
    };
  });
}

auto drop_events(const std::string& fault) {
  return weir::ManualOutput{[fault](std::uint32_t worker, std::uint32_t /*workers*/) {
    const bool slow = fault == "slow_sink" && worker == kSlowWorker;
    if (slow) {
      tell(worker);
    }
    return [slow](const auto& /*item*/) {
      if (slow) {
        std::this_thread::sleep_for(1ms);
      }
    };
  }};
}

weir::Dataflow build(const std::string& fault, std::uint64_t more_steps) {
  weir::Dataflow flow{"planted"};
  auto events =
      flow.input("events", EventInput{fault}) | op::event_time("clock", weir::EventClock{&Event::time, 100ms});
  for (std::uint64_t step = 0; step < more_steps; ++step) {
    events = events | op::map("more_" + std::to_string(step), [](Event&& event) { return event; });
  }
  const auto checked = fault == "bad_items" ? events | op::skip_errors(op::map("check", check_events(fault)))
                                            : events | op::map("check", check_events(fault));
  const auto counted = checked | op::key_on("by_user", &Event::user) | op::stateful_map("count", count_events(fault));
  counted | op::output("out", drop_events(fault));
  counted | op::count_window("per_second", weir::TumblingWindows{weir::EventTime{&Event::time}, 1s}) |
      op::output("windows", drop_events("none"));
  return flow;
}

}  // namespace

// In place of the system's: a slow disk under the snapshot store.
extern "C" int fdatasync(int descriptor) {
  static const auto real = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, "fdatasync"));
  if (store_is_slow) {
    std::this_thread::sleep_for(1min);
  }
  return real(descriptor);
}

int main(int argc, char** argv) {
  std::string fault{"none"};
  std::uint64_t more_steps = 0;
  weir::Flags flags{"planted", "Runs until it is stopped, with a fault."};
  flags.add("--fault", fault,
            "none, slow_sink, slow_step, hot_key, stalled_partition, growing_lag, no_return, slow_store, failing_step, "
            "bad_items or late_items");
  flags.add("--more-steps", more_steps, "Further steps, which do nothing");
  return weir::run_main(flags, argc, argv, [&] { return build(fault, more_steps); });
}
