#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::detail::http {

/// A client that sends what it is told to, byte by byte. Its reads give up after 20 s, so that a failed test ends.
class RawClient {
 public:
  /// @param receive_bytes  of the kernel's buffer; 0: as the system has it
  explicit RawClient(std::uint16_t port, int receive_bytes = 0, const char* address = "127.0.0.1");
  RawClient(RawClient&& other) noexcept;
  RawClient& operator=(RawClient&&) = delete;
  ~RawClient();

  /// False: the server has closed.
  bool send(std::string_view bytes);

  /// A GET with the fields of most requests.
  bool get(std::string_view target);

  /// Ends its side of the connection.
  void finish_sending();

  /// Up to and with `end`, or what came before the server closed.
  std::string read_through(std::string_view end);

  /// One answer with its body, by its Content-Length.
  std::string read_answer();

  /// All until the server closes.
  std::string read_all();

 private:
  bool read_more();

  int descriptor_;
  std::string unread_;
};

}  // namespace weir::detail::http
