#pragma once

#include "weir/errors.hpp"

namespace weir::detail::recovery {

/// What a program exits with that fails for this.
[[nodiscard]] constexpr int exit_code(RecoveryError::Kind kind) {
  switch (kind) {
    case RecoveryError::Kind::kUnwritable:
      return 4;
    case RecoveryError::Kind::kInUse:
      return 5;
    case RecoveryError::Kind::kRefused:
      return 6;
  }
  return 1;
}

[[nodiscard]] inline int exit_code(const RecoveryError& error) { return exit_code(error.kind()); }

}  // namespace weir::detail::recovery
