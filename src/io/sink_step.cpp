#include "weir/detail/io/sink_step.hpp"

#include <memory>
#include <string>
#include <utility>

namespace weir::detail::io {

template class SinkStep<std::string>;
template class SinkFactory<std::string>;

graph::InApplication no_part_of_transactions() {
  return {.brokers = {}, .why_not = "keeps its transactions on this machine, where no other process can finish them"};
}

void add_text_sink(graph::Graph& graph, const std::string& id, graph::InputSpec input,
                   std::unique_ptr<graph::OperatorFactory> format, std::unique_ptr<SinkFactory<std::string>> sink) {
  const runtime::StepNumber formatted =
      graph.add_step(id + ".format", "format", std::move(input), graph::output_of<std::string>(), std::move(format));
  const auto lines = graph::StreamAccess::make<std::string>(graph, formatted);
  const graph::SinkSpec spec{.transactional = sink->transactional(), .in_application = sink->in_application()};
  graph.add_sink(id, graph::exchanged_input<exchange::ToFirst>(lines), spec, std::move(sink));
}

}  // namespace weir::detail::io
