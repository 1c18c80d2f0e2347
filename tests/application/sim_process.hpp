#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "application/sim_flow.hpp"
#include "application/sim_kafka.hpp"
#include "application/sim_port.hpp"
#include "application/takeover.hpp"
#include "simulation/rng.hpp"

namespace weir::simulation {

/// A process ends here, as by SIGKILL.
struct Killed final : std::exception {};

/// Code that runs a step at a time, when it is told to: on a thread of its own, and never beside another.
class Actor {
 public:
  virtual ~Actor() = default;

  /// Lets it run until it yields.
  void resume();
  /// It dies at its next step.
  void kill() noexcept { killed_ = true; }
  [[nodiscard]] bool killed() const noexcept { return killed_; }
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  /// What it ended with, if that is a failure.
  [[nodiscard]] const std::exception_ptr& failure() const noexcept { return failure_; }

  /// Ends a step. @throws Killed
  void yield();

 protected:
  void start();
  /// Call it from the destructor of the class that has `act`.
  void end();
  virtual void act() = 0;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool turn_ = false;
  bool killed_ = false;
  bool finished_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

/// What a simulated application is.
struct SimJob {
  detail::application::Names names;
  std::uint32_t shards = 1;
  std::uint64_t reads = 60;  ///< in percent of an epoch's chances
  std::uint64_t ticks = 30;
  std::uint64_t notices = 30;  ///< how often a client hears of a rebalance, or that it is expelled
};

/// A process of an application: it counts the messages of each key, and emits each count. At random it emits a tick of
/// a key too, as a timer would, which moves no position.
class SimProcess final : public Actor, private SimClient {
 public:
  SimProcess(SimKafka& kafka, Rng& rng, SimJob job, std::string name);
  ~SimProcess() override { end(); }

  /// Its client's own thread, which runs while the process does.
  void background();
  /// It gives its shards back and ends.
  void stop() noexcept { stopping_ = true; }
  /// No ticks any more.
  void calm() noexcept { ticks_ = false; }

  [[nodiscard]] const std::string& member() const noexcept { return member_; }
  [[nodiscard]] std::uint64_t takeovers() const noexcept { return takeovers_; }

 private:
  [[nodiscard]] SimKafka& kafka() noexcept override { return *kafka_; }
  [[nodiscard]] Rng& rng() noexcept override { return *rng_; }
  void yield() override { Actor::yield(); }
  [[nodiscard]] bool killed() const noexcept override { return Actor::killed(); }
  [[nodiscard]] std::string fresh_id() override;

  void act() override;
  void have_shards();
  void work(SimFlow& flow, std::size_t shard);

  SimKafka* kafka_;
  Rng* rng_;
  SimJob job_;
  std::string name_;
  std::string member_;
  int generation_ = -1;
  bool revoked_ = false;
  bool lost_ = false;
  bool stopping_ = false;
  bool ticks_ = true;
  std::uint64_t takeovers_ = 0;
};

}  // namespace weir::simulation
