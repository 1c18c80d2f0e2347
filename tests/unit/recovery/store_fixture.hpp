#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "recovery/sqlite_store.hpp"
#include "weir/detail/snapshot/state_changes.hpp"
#include "weir/key.hpp"
#include "weir/serialize.hpp"

namespace weir::detail::recovery {

/// States of one keyed step, as a test means them.
using States = std::map<std::string, std::string>;

/// What changes in an epoch: no state means that the key has ended.
using Changes = std::map<std::string, std::optional<std::string>>;

inline const StepRecord kKeyedStep{.id = "count", .op = "reduce", .kind = StepKind::kKeyed, .shape = "text -> text"};
inline const StepRecord kSourceStep{.id = "lines", .op = "input", .kind = StepKind::kSource, .shape = {}};

/// An execution of a dataflow of two steps: the source is step 0, the keyed one step 3.
inline Execution execution_of(std::vector<StepRecord> steps = {kSourceStep, kKeyedStep}) {
  Execution execution{
      .flow = "flow", .workers = WorkerCount{2}, .steps = std::move(steps), .numbers = {}, .dropped = {}};
  execution.numbers = {{0}, {3}};
  execution.numbers.resize(execution.steps.size());
  return execution;
}

inline snapshot::EpochPart part_of(const Changes& changes, const std::string& position) {
  snapshot::EpochPart part;
  auto& step = part.states.emplace_back();
  step.step = {3};
  step.changes = std::make_unique<snapshot::StateChanges>();
  for (const auto& [key, state] : changes) {
    step.changes->add(key_hash(key), key, state ? &*state : nullptr);
  }
  part.positions.push_back({.step = {}, .partition = "a", .bytes = position});
  part.tokens.push_back({.step = {}, .partition = "0", .bytes = "token " + position});
  return part;
}

/// Two workers' parts: every other key is of the second.
inline EpochCommit commit_of(std::uint64_t epoch, const Changes& changes) {
  Changes parts[2];
  std::size_t next = 0;
  for (const auto& change : changes) {
    parts[next++ % 2].insert(change);
  }
  EpochCommit commit{.epoch = Epoch{epoch}, .closing = false, .parts = {}};
  commit.parts.push_back(part_of(parts[0], std::to_string(epoch)));
  commit.parts.push_back(part_of(parts[1], std::to_string(epoch)));
  return commit;
}

inline void follow(const Changes& changes, States& states) {
  for (const auto& [key, state] : changes) {
    if (state) {
      states[key] = *state;
    } else {
      states.erase(key);
    }
  }
}

inline States states_in(SnapshotStore& store) {
  States states;
  store.load("count", [&](const snapshot::StateRecord& record) {
    const auto key = detail::from_bytes<std::string>(record.key);
    EXPECT_TRUE(states.emplace(key, detail::from_bytes<std::string>(*record.state)).second) << "twice: " << key;
    EXPECT_EQ(record.group, detail::key_group(key_hash(key)));
  });
  return states;
}

}  // namespace weir::detail::recovery
