#include "application/sim_process.hpp"

#include <string_view>
#include <utility>

#include "application/kafka_store.hpp"
#include "application/sim_flow.hpp"
#include "coordinator/application.hpp"

namespace weir::simulation {

using namespace detail;

void Actor::start() {
  thread_ = std::thread{[this] {
    {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [this] { return turn_; });
    }
    try {
      if (!killed_) {
        act();
      }
    } catch (const Killed&) {  // NOLINT(bugprone-empty-catch): it was to die
    } catch (...) {
      failure_ = std::current_exception();
    }
    const std::scoped_lock lock{mutex_};
    finished_ = true;
    turn_ = false;
    changed_.notify_all();
  }};
}

void Actor::resume() {
  std::unique_lock lock{mutex_};
  if (finished_) {
    return;
  }
  turn_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !turn_; });
}

void Actor::yield() {
  if (killed_) {
    throw Killed{};
  }
  std::unique_lock lock{mutex_};
  turn_ = false;
  changed_.notify_all();
  changed_.wait(lock, [this] { return turn_; });
  if (killed_) {
    throw Killed{};
  }
}

void Actor::end() {
  killed_ = true;
  while (!finished_) {
    resume();
  }
  thread_.join();
}

SimProcess::SimProcess(SimKafka& kafka, Rng& rng, SimJob job, std::string name)
    : kafka_{&kafka}, rng_{&rng}, job_{std::move(job)}, name_{std::move(name)} {
  start();
}

std::string SimProcess::fresh_id() {
  const std::string more = "." + std::to_string(rng_->next());
  return name_ + more;
}

void SimProcess::background() {
  kafka_->heartbeat(member_);
  if (rng_->percent(job_.notices)) {
    revoked_ = revoked_ || kafka_->rebalances();
    lost_ = lost_ || (generation_ >= 0 && !kafka_->knows(member_));
  }
}

void SimProcess::act() {
  member_ = kafka_->add_member();
  while (!stopping_) {
    while (kafka_->rebalances() && kafka_->knows(member_)) {
      kafka_->rejoin(member_);  // it has nothing to give back, also if another rebalance has begun meanwhile
      yield();
    }
    if (!kafka_->knows(member_)) {
      member_ = kafka_->add_member();
      continue;
    }
    generation_ = kafka_->generation();
    revoked_ = lost_ = false;
    try {
      have_shards();
    } catch (const coordinator::SharesLost&) {  // NOLINT(bugprone-empty-catch): takes them over anew
    }
    generation_ = -1;
    kafka_->rejoin(member_);
    yield();
  }
  kafka_->remove_member(member_);
}

void SimProcess::have_shards() {
  const coordinator::Placement placement{job_.shards, kafka_->dealt(member_, job_.shards)};
  const auto check_lost = [this](std::string_view /*waits_for*/) {
    if (lost_) {
      throw coordinator::SharesLost{"lost"};
    }
  };
  if (placement.shards.empty()) {
    while (!revoked_ && !lost_ && !stopping_) {
      yield();
    }
    return;
  }
  SimPort port{*this};
  const SimMembership membership{member_, generation_};
  application::KafkaStore store{port,
                                job_.names,
                                placement,
                                membership,
                                static_cast<std::uint64_t>(generation_),
                                {.taking_over =
                                     [&](std::string_view waits_for) {
                                       check_lost(waits_for);
                                       if (revoked_ || stopping_) {
                                         throw coordinator::SharesLost{"revoked"};
                                       }
                                     },
                                 .committing = check_lost},
                                {.chunk_bytes = 64, .fold_bytes = 600}};
  ++takeovers_;
  SimFlow flow{job_.names.topics.front(), placement.shards};
  flow.load(store);
  while (true) {
    const bool last = revoked_ || stopping_;
    for (std::size_t shard = 0; shard < flow.shards(); ++shard) {
      if (rng_->percent(60)) {
        work(flow, shard);
      }
    }
    yield();
    store.commit(flow.close());
    if (last) {
      return;
    }
    if (rng_->percent(30)) {
      static_cast<void>(store.compact());
    }
    yield();
    check_lost({});
  }
}

void SimProcess::work(SimFlow& flow, std::size_t shard) {
  if (rng_->percent(job_.reads)) {
    flow.read(*kafka_, shard, rng_->below(5));
  }
  if (ticks_ && flow.keys(shard) > 0 && rng_->percent(job_.ticks)) {
    flow.tick(shard, rng_->below(flow.keys(shard)));
  }
}

}  // namespace weir::simulation
