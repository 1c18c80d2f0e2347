#include "weir-recovery/application.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "application/shard_log.hpp"
#include "application/state_topic.hpp"
#include "recovery/shape_json.hpp"
#include "recovery/snapshot_store.hpp"
#include "weir/errors.hpp"
#include "weir/kafka/cluster.hpp"

namespace {

using weir::detail::application::ShardLog;
using weir::detail::recovery::StepKind;
using weir::detail::recovery::StepRecord;

std::vector<ShardLog> read(const ApplicationName& name) {
  weir::KafkaCluster cluster{name.brokers};
  if (!name.config.empty()) {
    cluster.read_file(name.config);
  }
  return weir::detail::application::read_state(cluster.read_environment(), name.id);
}

// The newest head: shards that no process has committed since an upgrade have an older one.
const weir::detail::application::Head* head_of(const std::vector<ShardLog>& logs) {
  const ShardLog* newest = nullptr;
  for (const ShardLog& log : logs) {
    if (log.head() && log.tip() && (newest == nullptr || log.tip()->epoch > newest->tip()->epoch)) {
      newest = &log;
    }
  }
  return newest != nullptr ? &*newest->head() : nullptr;
}

void show_step(const StepRecord& step, std::vector<ShardLog>& logs) {
  std::uint64_t keys = 0;
  std::uint64_t bytes = 0;
  std::size_t marks = 0;
  for (ShardLog& log : logs) {
    for (const auto& [key, state] : log.states()[step.id]) {
      ++keys;
      bytes += key.size() + state.bytes.size();
    }
    for (const auto& mark : log.tip() ? log.tip()->marks : std::vector<weir::detail::application::Mark>{}) {
      marks += mark.step_id == step.id ? 1 : 0;
    }
  }
  if (step.kind == StepKind::kKeyed) {
    fmt::print("  {} ({}): {} keys, {} bytes; {}\n", step.id, step.op, keys, bytes, step.shape);
  } else if (step.kind == StepKind::kSource) {
    fmt::print("  {} ({}): positions of {} partitions\n", step.id, step.op, marks);
  }
}

}  // namespace

void show_application(const ApplicationName& name) {
  std::vector<ShardLog> logs = read(name);
  const auto* const head = head_of(logs);
  if (head == nullptr) {
    fmt::print("No epoch is complete.\n");
    return;
  }
  fmt::print("dataflow {}\nshards {}\nsteps\n", head->flow, head->shards);
  for (const StepRecord& step : head->steps) {
    show_step(step, logs);
  }
  fmt::print("shards\n");
  for (std::size_t shard = 0; shard < logs.size(); ++shard) {
    if (logs[shard].tip()) {
      fmt::print("  {}: epoch {}, base {} bytes, changes {} bytes\n", shard, logs[shard].tip()->epoch,
                 logs[shard].base_bytes(), logs[shard].delta_bytes());
    }
  }
}

void verify_application(const ApplicationName& name) {
  static_cast<void>(read(name));
  fmt::print("All checksums are right, and nothing is missing.\n");
}

void export_application(const ApplicationName& name, const std::string& step) {
  std::vector<ShardLog> logs = read(name);
  const auto* const head = head_of(logs);
  for (const StepRecord& record : head != nullptr ? head->steps : std::vector<StepRecord>{}) {
    if (record.id != step || record.kind != StepKind::kKeyed) {
      continue;
    }
    const std::size_t arrow = record.shape.find(" -> ");
    const std::string key_shape = record.shape.substr(0, arrow);
    const std::string state_shape = record.shape.substr(arrow + 4);
    for (ShardLog& log : logs) {
      for (const auto& [key, state] : log.states()[step]) {
        fmt::print("{{\"key\":{},\"state\":{}}}\n", weir::detail::recovery::json_of(key_shape, key),
                   weir::detail::recovery::json_of(state_shape, state.bytes));
      }
    }
    return;
  }
  throw weir::UsageError{
      fmt::format("application \"{}\" keeps no states of a step \"{}\"; see weir-recovery show", name.id, step)};
}
