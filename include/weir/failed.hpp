#pragma once

#include <string>

namespace weir {

/// An item at which a step's logic threw: what `catch_errors` gives.
template <typename T>
struct Failed {
  T item;             ///< as it came to the step
  std::string error;  ///< what the exception said: its `what()`

  friend bool operator==(const Failed&, const Failed&) = default;
};

}  // namespace weir
