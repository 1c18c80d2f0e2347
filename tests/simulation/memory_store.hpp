#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

#include "recovery/records.hpp"
#include "recovery/snapshot_store.hpp"
#include "weir/errors.hpp"

namespace weir::simulation {

/// The process ends here, as by SIGKILL.
struct Crash : std::runtime_error {
  Crash() : std::runtime_error{"crash"} {}
};

/// What a store has on disk, and thus what is left of it after a crash.
struct StoreDisk {
  using Key = std::pair<std::string, std::string>;  ///< id of the step; partition, or the key's bytes

  detail::recovery::Contents contents;  ///< but for positions and tokens
  std::map<Key, std::string> positions;
  std::map<Key, std::string> tokens;
  std::map<Key, std::pair<std::uint16_t, std::string>> states;  ///< the key's group, and its state's bytes
};

/// A store in memory, with the rules of one on disk: a commit is there as a whole or not at all.
class MemoryStore final : public detail::recovery::SnapshotStore {
 public:
  /// What goes wrong, by the number of the commit or loaded record; 0: never.
  struct Faults {
    std::uint64_t crash_at_load = 0;
    std::uint64_t fail_at_commit = 0;
    bool fails_behind = false;  ///< the commit that fails has been made
  };

  MemoryStore(StoreDisk& disk, Faults faults) : disk_{&disk}, faults_{faults} {}

  [[nodiscard]] detail::recovery::Contents contents() override {
    detail::recovery::Contents contents = disk_->contents;
    for (const auto& [partition, bytes] : disk_->positions) {
      contents.positions.push_back({partition.first, partition.second, bytes});
    }
    for (const auto& [partition, bytes] : disk_->tokens) {
      contents.tokens.push_back({partition.first, partition.second, bytes});
    }
    return contents;
  }

  std::uint64_t begin(const detail::recovery::Execution& execution) override {
    execution_ = execution;
    return ++disk_->contents.execution;
  }

  void load(const std::string& step_id,
            const std::function<void(const detail::snapshot::StateRecord&)>& each) override {
    for (const auto& [key, state] : disk_->states) {
      if (key.first == step_id) {
        if (++loaded_ == faults_.crash_at_load) {
          throw Crash{};
        }
        each({.group = state.first, .key = key.second, .state = state.second});
      }
    }
  }

  void commit(const detail::recovery::EpochCommit& commit) override {
    ++commits_;
    if (commits_ == faults_.fail_at_commit && !faults_.fails_behind) {
      fail();
    }
    for (const std::string& dropped : std::exchange(execution_.dropped, {})) {
      forget(dropped);
    }
    disk_->contents.flow = execution_.flow;
    disk_->contents.steps = execution_.steps;
    disk_->contents.epoch = commit.epoch;
    disk_->contents.closed = commit.closing;
    for (const detail::snapshot::EpochPart& part : commit.parts) {
      apply(part);
    }
    if (commits_ == faults_.fail_at_commit) {
      fail();
    }
  }

  bool compact() override { return false; }

 private:
  [[noreturn]] static void fail() { throw RecoveryError{RecoveryError::Kind::kUnwritable, "planned"}; }

  void forget(const std::string& step_id) {
    const auto is_of_step = [&](const auto& entry) { return entry.first.first == step_id; };
    std::erase_if(disk_->positions, is_of_step);
    std::erase_if(disk_->tokens, is_of_step);
    std::erase_if(disk_->states, is_of_step);
  }

  [[nodiscard]] const std::string& id_of(detail::snapshot::StepNumber step) const {
    for (std::size_t i = 0; i < execution_.numbers.size(); ++i) {
      if (execution_.numbers[i] == step) {
        return execution_.steps[i].id;
      }
    }
    throw std::logic_error{"the store was not told of the step"};
  }

  void apply(const detail::snapshot::EpochPart& part) {
    for (const detail::snapshot::PartitionMark& mark : part.positions) {
      disk_->positions.insert_or_assign({id_of(mark.step), mark.partition}, mark.bytes);
    }
    for (const detail::snapshot::PartitionMark& mark : part.tokens) {
      disk_->tokens.insert_or_assign({id_of(mark.step), mark.partition}, mark.bytes);
    }
    for (const detail::snapshot::StepChanges& step : part.states) {
      for (std::string_view rest = step.changes->bytes(); !rest.empty();) {
        const detail::snapshot::StateRecord record = detail::recovery::take_record(rest).record;
        const StoreDisk::Key key{id_of(step.step), std::string{record.key}};
        if (record.state) {
          disk_->states.insert_or_assign(key, std::pair{record.group, std::string{*record.state}});
        } else {
          disk_->states.erase(key);
        }
      }
    }
  }

  StoreDisk* disk_;
  Faults faults_;
  detail::recovery::Execution execution_;
  std::uint64_t commits_ = 0;
  std::uint64_t loaded_ = 0;
};

}  // namespace weir::simulation
