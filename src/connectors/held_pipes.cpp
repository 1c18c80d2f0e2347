#include "connectors/held_pipes.hpp"

#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "weir/resource.hpp"

namespace weir::connectors {

HeldPipes::HeldPipes(const detail::Graph& graph) {
  for (const detail::StepSpec& step : graph.steps()) {
    if (!step.source) {
      continue;
    }
    for (const Resource& resource : step.factory->resources()) {
      std::error_code error;
      if (resource.kind() != Resource::Kind::kFile || !std::filesystem::is_fifo(resource.path(), error)) {
        continue;
      }
      descriptors_.push_back(-1);
      descriptors_.back() = ::open(resource.path().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    }
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
