#pragma once

#include <vector>

#include "weir/detail/graph.hpp"

namespace weir::connectors {

/// Keeps the named pipes open that a dataflow reads and writes, so that who is at the other ends sees nothing of a
/// restart.
class HeldPipes {
 public:
  /// @throws what a source or sink throws when it is asked for its resources
  explicit HeldPipes(const detail::Graph& graph);
  HeldPipes(const HeldPipes&) = delete;
  HeldPipes& operator=(const HeldPipes&) = delete;
  ~HeldPipes();

 private:
  std::vector<int> descriptors_;
};

}  // namespace weir::connectors
