#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <weir/weir.hpp>

#include "mix.hpp"

namespace wordcount {

inline constexpr std::uint64_t kWordsPerLine = 16;

/// Line number n: 16 words of 100,000, with a space between them.
inline std::string make_line(std::uint64_t n) {
  std::string line;
  for (std::uint64_t k = 0; k < kWordsPerLine; ++k) {
    line += k > 0 ? " w" : "w";
    line += std::to_string(mix(n * kWordsPerLine + k) % 100'000);
  }
  return line;
}

/// Each worker makes every W-th of the first `lines` lines.
inline auto generated_lines(std::uint64_t lines) {
  return weir::ManualInput{[lines](std::size_t worker_index, std::size_t worker_count, std::optional<std::uint64_t>) {
    return [next = std::uint64_t{worker_index}, lines, step = std::uint64_t{worker_count}]() mutable {
      std::optional<std::pair<std::uint64_t, std::string>> made;
      if (next < lines) {
        made.emplace(next, make_line(next));
        next += step;
      }
      return made;
    };
  }};
}

}  // namespace wordcount
