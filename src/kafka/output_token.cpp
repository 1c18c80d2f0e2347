#include "kafka/output_token.hpp"

#include <charconv>
#include <system_error>

#include <fmt/format.h>

namespace weir::detail::kafka {
namespace {

constexpr std::string_view kVersion = "1 ";
constexpr int kChecksumDigits = 16;

}  // namespace

std::string OutputToken::text() const {
  return fmt::format("{}{} {} {} {:016x}", kVersion, execution, number, end, checksum);
}

std::optional<OutputToken> OutputToken::of(std::string_view text) {
  if (!text.starts_with(kVersion)) {
    return std::nullopt;
  }
  OutputToken token;
  const char* at = text.data() + kVersion.size();
  const char* const last = text.data() + text.size();
  for (std::uint64_t* const part : {&token.execution, &token.number, &token.end}) {
    const auto [behind, error] = std::from_chars(at, last, *part);
    if (error != std::errc{} || behind == last || *behind != ' ') {
      return std::nullopt;
    }
    at = behind + 1;
  }
  const auto [behind, error] = std::from_chars(at, last, token.checksum, 16);
  if (error != std::errc{} || behind != last || last - at != kChecksumDigits) {
    return std::nullopt;
  }
  return token;
}

}  // namespace weir::detail::kafka
