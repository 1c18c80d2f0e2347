#include "connectors/held_pipes.hpp"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "weir/resource.hpp"

namespace weir::connectors {

HeldPipes::HeldPipes(const detail::Graph& graph) {
  std::vector<std::pair<std::string, int>> pipes;
  for (const detail::StepSpec& step : graph.steps()) {
    if (!step.source && !step.sink) {
      continue;
    }
    for (const Resource& resource : step.factory->resources()) {
      std::error_code error;
      if (resource.kind() == Resource::Kind::kFile && std::filesystem::is_fifo(resource.path(), error)) {
        pipes.emplace_back(resource.path(), step.source ? O_RDONLY : O_WRONLY);
      }
    }
  }
  descriptors_.reserve(pipes.size());
  for (const auto& [path, access] : pipes) {
    descriptors_.push_back(::open(path.c_str(), access | O_NONBLOCK | O_CLOEXEC));
  }
}

HeldPipes::~HeldPipes() {
  for (const int descriptor : descriptors_) {
    if (descriptor >= 0) {
      ::close(descriptor);
    }
  }
}

}  // namespace weir::connectors
