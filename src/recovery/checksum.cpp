#include "recovery/checksum.hpp"

#include "weir/key.hpp"

namespace weir::detail::recovery {

Checksum& Checksum::with(std::int64_t number) {
  return with(std::string_view{reinterpret_cast<const char*>(&number), sizeof(number)});
}

// The sum so far and the length are the seed of what follows.
Checksum& Checksum::with(std::string_view bytes) {
  sum_ = hash_text(bytes, mix_bits(sum_ + bytes.size() + 1));
  return *this;
}

}  // namespace weir::detail::recovery
