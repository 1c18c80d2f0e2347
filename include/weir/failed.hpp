#pragma once

#include <string>

namespace weir {

/// An item at which a step's logic threw; `catch_errors` emits it.
template <typename T>
struct Failed {
  T item;             ///< as it came to the step
  std::string error;  ///< the exception's `what()`

  friend bool operator==(const Failed&, const Failed&) = default;  ///< equal items that failed with the same text
};

}  // namespace weir
