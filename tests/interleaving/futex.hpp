#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "interleaving/explorer.hpp"

namespace weir::interleaving {

/// Stands in for `os::Futex` in an exploration. Time does not pass: deadlines are never reached.
struct Futex {
  template <typename Word>
  static void wait(Word& word, std::uint32_t expected, std::optional<std::chrono::steady_clock::time_point>) {
    Explorer::current().sleep(word.location(), expected);
  }

  template <typename Word>
  static void wake_one(Word& word) {
    Explorer::current().wake_one(word.location());
  }
};

}  // namespace weir::interleaving
