#pragma once

#include <cstddef>

#include "weir/detail/snapshot/step_number.hpp"

namespace weir::detail::runtime {

// Each number begins at 0, and converts to std::size_t where one is asked for.

using snapshot::StepNumber;

/// Which input of a step.
struct InputNumber {
  std::size_t value = 0;
  constexpr operator std::size_t() const noexcept { return value; }  // NOLINT(google-explicit-constructor)
};

/// Which output of a step.
struct OutputNumber {
  std::size_t value = 0;
  constexpr operator std::size_t() const noexcept { return value; }  // NOLINT(google-explicit-constructor)
};

/// Which stage of a plan.
struct StageNumber {
  std::size_t value = 0;
  constexpr operator std::size_t() const noexcept { return value; }  // NOLINT(google-explicit-constructor)
};

/// Which edge between the stages of a plan.
struct EdgeNumber {
  std::size_t value = 0;
  constexpr operator std::size_t() const noexcept { return value; }  // NOLINT(google-explicit-constructor)
};

}  // namespace weir::detail::runtime
