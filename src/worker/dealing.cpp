#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "weir/detail/source_step.hpp"

namespace weir::detail {

std::vector<std::string> dealt_to(WorkerContext worker, std::vector<std::string> names) {
  std::vector<std::string> dealt;
  for (std::size_t i = worker.index; i < names.size(); i += worker.count) {
    dealt.push_back(std::move(names[i]));
  }
  return dealt;
}

}  // namespace weir::detail
