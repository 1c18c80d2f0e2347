#include "weir/detail/io/open_context.hpp"

namespace weir::detail::io {

OpenContext open_context(const graph::OperatorParts& parts) {
  return {.worker = parts.site.worker,
          .waker = Waker{parts.waker},
          .io = parts.io,
          .keeps_positions = parts.resume != nullptr,
          .flow = parts.flow,
          .step = parts.step_id,
          .log = Log{parts.log, parts.step_id},
          .restart = PlannedRestart{parts.restart, parts.step_id},
          .in_application = parts.resume != nullptr && parts.resume->in_application};
}

}  // namespace weir::detail::io
