#include <string>
#include <utility>

#include "weir/detail/io/sink_step.hpp"

namespace weir::detail {

void add_line_sink(std::string id, const Stream<std::string>& lines, SinkOpeners<std::string> openers) {
  add_sink_step(std::move(id), lines, exchanged_input<ToFirst>(lines), true, std::move(openers));
}

}  // namespace weir::detail
