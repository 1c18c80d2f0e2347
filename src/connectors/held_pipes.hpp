#pragma once

#include <vector>

#include "weir/detail/graph.hpp"

namespace weir::connectors {

/// Keeps the named pipes open that the sources of a dataflow read, so that their writers see nothing of a restart.
class HeldPipes {
 public:
  explicit HeldPipes(const detail::Graph& graph);
  HeldPipes(const HeldPipes&) = delete;
  HeldPipes& operator=(const HeldPipes&) = delete;
  ~HeldPipes();

 private:
  std::vector<int> descriptors_;
};

}  // namespace weir::connectors
