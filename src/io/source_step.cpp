#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "weir/detail/io/source_step.hpp"

namespace weir::detail::io {

std::vector<std::string> dealt_to(WorkerContext worker, const std::vector<std::string>& names) {
  std::vector<std::string> dealt;
  for (std::size_t i = worker.index; i < names.size(); i += worker.count) {
    dealt.push_back(names[i]);
  }
  return dealt;
}

SourcePositions positions_of(const graph::OperatorParts& parts) {
  SourcePositions positions;
  if (parts.resume != nullptr) {
    const auto& all = parts.resume->positions;
    const std::string& step = parts.site.step_id;
    for (auto at = all.lower_bound({step, {}}); at != all.end() && at->first.first == step; ++at) {
      positions.emplace(at->first.second, at->second);
    }
  }
  return positions;
}

std::vector<std::string> unclaimed_of(const SourcePositions& positions, const std::vector<std::string>& partitions) {
  const std::set<std::string> names{partitions.begin(), partitions.end()};
  std::vector<std::string> unclaimed;
  for (const auto& [name, position] : positions) {
    if (!names.contains(name)) {
      unclaimed.push_back(name);
    }
  }
  return unclaimed;
}

}  // namespace weir::detail::io
