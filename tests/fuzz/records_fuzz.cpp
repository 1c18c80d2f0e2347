// Reads arbitrary bytes as the records of a snapshot, and as values of a shape.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "recovery/records.hpp"
#include "recovery/shape_json.hpp"
#include "weir/decode_error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  try {
    weir::detail::recovery::SlicedRecords records;
    records.add(bytes);
    std::size_t live = 0;
    for (std::size_t slice = 0; slice < weir::detail::recovery::kSlices; ++slice) {
      live += records.live(slice, {}).size();
    }
    if (live > size / weir::detail::snapshot::kRecordHeadBytes) {
      std::abort();
    }
  } catch (const weir::DecodeError&) {
  }
  try {
    static_cast<void>(weir::detail::recovery::json_of(
        "{user: text8, all: [<u8 | ?{i64, f64} | [u16: ^4]>], last: (bool, own)}", bytes));
  } catch (const weir::DecodeError&) {
  }
  return 0;
}
