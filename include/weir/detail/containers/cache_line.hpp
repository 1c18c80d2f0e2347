#pragma once

#include <cstddef>

namespace weir::detail::containers {

/// The length of a line of the processor's cache, in bytes.
inline constexpr std::size_t kCacheLine = 64;

/// Prefetches a whole object.
template <typename T>
void prefetch_lines(const T& object) noexcept {
  const auto* const bytes = reinterpret_cast<const std::byte*>(&object);
  for (std::size_t at = 0; at < sizeof(T); at += kCacheLine) {
    __builtin_prefetch(bytes + at);
  }
  if constexpr (alignof(T) % kCacheLine != 0) {
    __builtin_prefetch(bytes + sizeof(T) - 1);
  }
}

/// Prefetches the end of an object whose beginning has been read.
template <typename T>
void prefetch_end(const T& object) noexcept {
  if constexpr (sizeof(T) > kCacheLine / 2) {
    __builtin_prefetch(reinterpret_cast<const std::byte*>(&object) + sizeof(T) - 1);
  }
}

}  // namespace weir::detail::containers
