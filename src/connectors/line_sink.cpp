#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "weir/detail/sink_step.hpp"

namespace weir::detail {

void add_line_sink(std::string id, const Stream<std::string>& lines,
                   std::function<std::unique_ptr<SinkPartition<std::string>>(const OpenContext&)> open) {
  add_sink_step(std::move(id), lines, exchanged_input<ToFirst>(lines), [open = std::move(open)](OperatorParts& parts) {
    const OpenContext context{parts.site.worker, Waker{parts.waker}, parts.io};
    const bool owner = parts.site.worker.index.value == 0;
    return make_operator<SinkStep<std::string>>(parts, owner ? open(context) : nullptr);
  });
}

}  // namespace weir::detail
