// Reads arbitrary bytes as JSON, as one text and as lines, by the scanner and by RapidJSON, which must agree.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "unit/json/read_both_ways.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
  static weir::detail::json::BothWays both;
  const std::string text{reinterpret_cast<const char*>(data), size};
  for (const std::string& difference : {both.difference(text), both.difference_of_lines(text)}) {
    if (!difference.empty()) {
      std::fprintf(stderr, "%s\n", difference.c_str());
      std::abort();
    }
  }
  return 0;
}
