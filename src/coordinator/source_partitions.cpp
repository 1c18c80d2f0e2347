#include "coordinator/source_partitions.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "weir/detail/runtime/operator.hpp"
#include "weir/errors.hpp"

namespace weir::detail::coordinator {

PartitionNames list_partitions(const graph::StepSpec& step) {
  PartitionNames names =
      runtime::call_to_prepare(step.id, "the source's partitions", [&] { return step.factory->partitions(); });
  if (names) {
    std::vector<std::string> sorted = *names;
    std::ranges::sort(sorted);
    if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
      throw UsageError{fmt::format(
          "step \"{}\": its source has two partitions named \"{}\"; positions are stored by name, so give each "
          "partition its own",
          step.id, *twice)};
    }
  }
  return names;
}

std::vector<PartitionNames> of_shard(const graph::Graph& graph, const std::vector<PartitionNames>& partitions,
                                     const Placement& placement, WorkerIndex worker) {
  std::vector<PartitionNames> own = partitions;
  for (runtime::StepNumber step{0}; step < own.size(); ++step.value) {
    if (own[step]) {
      own[step] = partitions_of_shard(graph.steps()[step].id, *partitions[step], placement, worker);
    }
  }
  return own;
}

std::string joined(const std::vector<PartitionNames>& partitions) {
  std::string text;
  for (const PartitionNames& names : partitions) {
    for (const std::string& name : names.value_or(std::vector<std::string>{})) {
      text += (text.empty() ? "" : ", ") + name;
    }
  }
  return text;
}

}  // namespace weir::detail::coordinator
