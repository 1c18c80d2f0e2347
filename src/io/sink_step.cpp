#include "weir/detail/io/sink_step.hpp"

#include <string>

namespace weir::detail::io {

template class SinkStep<std::string>;
template class SinkFactory<std::string>;

graph::InApplication no_part_of_transactions() {
  return {.brokers = {}, .why_not = "keeps its transactions on this machine, where no other process can finish them"};
}

graph::InputSpec lines_to_first(const Stream<std::string>& lines) {
  return graph::exchanged_input<exchange::ToFirst>(lines);
}

}  // namespace weir::detail::io
