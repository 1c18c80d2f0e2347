// Decodes arbitrary bytes. What decodes must encode to bytes that decode to an equal value.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "unit/codec/rich_value.hpp"
#include "weir/serialize.hpp"

namespace {

using weir::rich::Rich;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
  Rich value;
  try {
    value = weir::detail::from_bytes<Rich>({reinterpret_cast<const char*>(data), size});
  } catch (const weir::DecodeError&) {
    return 0;
  }
  const std::string bytes = weir::detail::to_bytes(value);
  if (!(weir::detail::from_bytes<Rich>(bytes) == value)) {
    std::abort();
  }
  return 0;
}
