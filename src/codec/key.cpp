#define XXH_INLINE_ALL
#include <xxhash.h>

#include "weir/key.hpp"

namespace weir::detail {

std::uint64_t hash_text(std::string_view text, std::uint64_t seed) noexcept {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

}  // namespace weir::detail
