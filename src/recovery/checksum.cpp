#include "recovery/checksum.hpp"

#include "weir/key.hpp"

namespace weir::recovery {

Checksum& Checksum::with(std::int64_t number) {
  return with(std::string_view{reinterpret_cast<const char*>(&number), sizeof(number)});
}

// The sum so far and the length are the seed of what follows.
Checksum& Checksum::with(std::string_view bytes) {
  sum_ = detail::hash_text(bytes, detail::mix_bits(sum_ + bytes.size() + 1));
  return *this;
}

}  // namespace weir::recovery
