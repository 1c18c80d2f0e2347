#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/limits.hpp"

namespace weir::detail::http {

/// A request as it came: nothing of it is checked but its form.
struct ParsedRequest {
  enum class Method : std::uint8_t { kGet, kHead, kOther };

  Method method = Method::kOther;
  std::string target{};
  bool has_body = false;
  bool keep_alive = false;
  std::size_t hosts = 0;    ///< fields Host
  std::size_t origins = 0;  ///< fields Origin
  std::string host{};
  std::string origin{};
  std::string accept{};
  std::string fetch_site{};  ///< Sec-Fetch-Site and the others: how a browser came to send it
  std::string fetch_mode{};
  std::string fetch_dest{};
};

/// Collects the bytes of a connection, and takes one request after another from them.
class RequestBuffer {
 public:
  enum class Found : std::uint8_t { kPart, kRequest, kGarbage, kTooLong };

  /// Where the next bytes go; not empty after `kPart`.
  [[nodiscard]] std::span<char> room() noexcept { return std::span{bytes_}.subspan(filled_); }
  void fill(std::size_t bytes) noexcept { filled_ += bytes; }

  [[nodiscard]] bool empty() const noexcept { return filled_ == 0; }
  void clear() noexcept { filled_ = scanned_ = 0; }

  /// What is at its beginning. Garbage is found early, where a byte shows it.
  [[nodiscard]] Found look() noexcept;

  /// Takes the request that `look` has found; nothing if it is garbage.
  [[nodiscard]] std::optional<ParsedRequest> take();

 private:
  std::array<char, kHeaderBytes> bytes_;
  std::size_t filled_ = 0;
  std::size_t scanned_ = 0;  // up to the end of the request, once that is there
};

}  // namespace weir::detail::http
