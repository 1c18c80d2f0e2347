#pragma once

#include <functional>
#include <string>

#include "kafka/handles.hpp"
#include "kafka/patience.hpp"

namespace weir::detail::kafka {

/// Calls a function of librdkafka that may not come back while no broker can be reached, on a thread of its own. Who
/// gives up leaves the thread to itself: it ends once the call comes back, and holds what `call` holds until then.
/// @param look  called several times a second while it waits; gives up by an exception
[[nodiscard]] Error call_apart(std::function<Error()> call, const std::function<void()>& look);

/// The same, for an output.
/// @param words  why it waits, for the warning
/// @throws GivenUp
[[nodiscard]] Error call_apart(std::function<Error()> call, Patience& patience,
                               const std::function<std::string()>& words);

}  // namespace weir::detail::kafka
