#include "weir/decode_error.hpp"

#include <fmt/format.h>

#include "weir/detail/codec/archive.hpp"

namespace weir::detail::codec {

void throw_decode_error(const char* found, std::size_t remaining_bytes) {
  throw DecodeError{fmt::format("decode: {} ({} bytes before the end)", found, remaining_bytes)};
}

}  // namespace weir::detail::codec
