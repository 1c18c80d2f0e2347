#pragma once

#include <cstdint>
#include <string_view>

namespace weir::detail::graph {

/// How items come from one step to another.
enum class EdgeKind : std::uint8_t {
  kCall,      ///< a direct call on the same worker
  kQueue,     ///< a channel on the same worker
  kExchange,  ///< channels between all workers
};

/// "call", "queue" or "exchange".
[[nodiscard]] std::string_view name_of(EdgeKind kind);

}  // namespace weir::detail::graph
