#pragma once

#include <stdexcept>

namespace weir {

/// Bytes that do not decode: truncated, damaged or foreign. Decoding throws no other exception.
class DecodeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace weir
