#include "output/segment.hpp"

#include <charconv>
#include <system_error>

#include <fmt/format.h>

#include "weir/errors.hpp"

namespace weir::detail::output {

std::string Segment::token() const {
  return fmt::format("{} {} {} {} {:016x}", offset, length, execution, number, checksum);
}

Segment Segment::of(const std::string& token) {
  Segment segment;
  const char* at = token.data();
  const char* const end = at + token.size();
  for (std::uint64_t* const part : {&segment.offset, &segment.length, &segment.execution, &segment.number}) {
    const auto [behind, error] = std::from_chars(at, end, *part);
    if (error != std::errc{} || behind == end) {
      refuse_output(token, "is no token of an output");
    }
    at = behind + 1;
  }
  if (const auto [behind, error] = std::from_chars(at, end, segment.checksum, 16);
      error != std::errc{} || behind != end) {
    refuse_output(token, "is no token of an output");
  }
  return segment;
}

std::uint64_t committed_bytes(const SinkResume& resume) { return resume.token ? Segment::of(*resume.token).end() : 0; }

void refuse_output(const std::string& output, const std::string& what) {
  throw RecoveryError{RecoveryError::Kind::kRefused,
                      fmt::format("recovery: \"{}\" {}; put back what the last run left, or begin anew with another "
                                  "recovery directory",
                                  output, what)};
}

}  // namespace weir::detail::output
