#pragma once

#include <stdexcept>

namespace weir {

/// Bytes that are not what was encoded: truncated, damaged or foreign. The only exception of decoding.
class DecodeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace weir
