#pragma once

#include <string_view>

#include "weir/detail/runtime/operator.hpp"
#include "weir/key.hpp"

namespace weir::detail::keyed {

/// Calls code of the user for a key. What it throws becomes a StepError that names the step, the callable and the key.
/// Always in line, since it is part of the loops over items.
/// @param what  the callable: "logic"
template <typename K, typename F>
[[gnu::always_inline]] inline decltype(auto) call_for(const runtime::StepSite& site, std::string_view what,
                                                      const K& key, F&& f) {
  try {
    return f();
  } catch (...) {
    runtime::throw_step_error(site, what, key_text(key));
  }
}

}  // namespace weir::detail::keyed
