#include <string>
#include <utility>

#include "weir/detail/io/sink_step.hpp"

namespace weir::detail::io {

void add_line_sink(std::string id, const Stream<std::string>& lines, SinkOpeners<std::string> openers) {
  add_sink_step(std::move(id), lines, graph::exchanged_input<exchange::ToFirst>(lines), true, std::move(openers));
}

}  // namespace weir::detail::io
