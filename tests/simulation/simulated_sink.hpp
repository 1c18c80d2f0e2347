#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "simulation/item.hpp"
#include "simulation/rng.hpp"
#include "weir/sink.hpp"

namespace weir::simulation {

/// What a simulated sink has on disk, and thus what is left of it after a crash.
struct SinkDisk {
  Items visible;
  std::map<std::string, Items> pending;  ///< by token: written, not decided
  std::uint64_t seed = 0;

  /// Again and again, if it must be.
  void commit(const std::string& token) {
    if (const auto found = pending.find(token); found != pending.end()) {
      visible.insert(visible.end(), found->second.begin(), found->second.end());
      pending.erase(found);
    }
  }
};

/// A sink of one partition that takes part in epochs; everything takes it a while.
class SimulatedSink {
 public:
  static constexpr bool kOnePartition = true;

  explicit SimulatedSink(SinkDisk& disk) : disk_{&disk} {}

  template <std::same_as<Item> T>
  [[nodiscard]] std::unique_ptr<SinkPartition<T>> open(const OpenContext& /*context*/) const {
    return nullptr;  // it is used in runs with snapshots alone
  }

  [[nodiscard]] bool transactional() const { return true; }

  template <std::same_as<Item> T>
  [[nodiscard]] std::unique_ptr<TransactionalPartition<T>> resume(const OpenContext& context,
                                                                  const SinkResume& resume) const {
    if (resume.token) {
      disk_->commit(*resume.token);
    }
    disk_->pending.clear();
    return std::make_unique<Partition>(*disk_, resume.execution, context.waker);
  }

 private:
  class Partition final : public TransactionalPartition<Item> {
   public:
    Partition(SinkDisk& disk, std::uint64_t execution, Waker waker)
        : disk_{&disk}, execution_{execution}, waker_{waker}, rng_{disk.seed + execution} {}

    void write(Item&& item) override { open_.push_back(std::move(item)); }

    [[nodiscard]] bool ready() override { return !takes_a_while(); }

    void prepare(Epoch epoch) override {
      tokens_.push_back(std::to_string(execution_) + ":" + std::to_string(epoch.value));
      disk_->pending[tokens_.back()] = std::exchange(open_, {});
    }

    [[nodiscard]] std::optional<std::string> prepared() override {
      if (tokens_.empty() || takes_a_while()) {
        return std::nullopt;
      }
      prepared_.push_back(tokens_.front());
      tokens_.pop_front();
      return prepared_.back();
    }

    void commit() override {
      if (prepared_.empty()) {
        throw std::logic_error{"a commit without a token"};
      }
      decided_.push_back(prepared_.front());
      prepared_.pop_front();
    }

    [[nodiscard]] bool committed() override {
      while (!decided_.empty()) {
        if (takes_a_while()) {
          return false;
        }
        disk_->commit(decided_.front());
        decided_.pop_front();
      }
      return true;
    }

   private:
    bool takes_a_while() {
      const bool later = rng_.percent(30);
      if (later) {
        waker_.wake();
      }
      return later;
    }

    SinkDisk* disk_;
    std::uint64_t execution_;
    Waker waker_;
    Rng rng_;
    Items open_;
    std::deque<std::string> tokens_;    // being made durable
    std::deque<std::string> prepared_;  // durable
    std::deque<std::string> decided_;
  };

  SinkDisk* disk_;
};

}  // namespace weir::simulation
