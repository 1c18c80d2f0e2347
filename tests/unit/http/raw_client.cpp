#include "unit/http/raw_client.hpp"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace weir::detail::http {

RawClient::RawClient(std::uint16_t port, int receive_bytes, const char* address)
    : descriptor_{::socket(AF_INET, SOCK_STREAM, 0)} {
  if (receive_bytes > 0) {
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  }
  const timeval patience{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  ::inet_pton(AF_INET, address, &at.sin_addr);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
    const int error = errno;
    ::close(descriptor_);
    throw std::system_error{error, std::generic_category(), "connect"};
  }
}

RawClient::RawClient(RawClient&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)}, unread_{std::move(other.unread_)} {}

RawClient::~RawClient() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawClient::get(std::string_view target) {
  return send("GET " + std::string{target} + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
}

void RawClient::finish_sending() { ::shutdown(descriptor_, SHUT_WR); }

bool RawClient::read_more() {
  std::array<char, 65536> bytes{};
  const ssize_t got = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    throw std::runtime_error{"the server neither answers nor closes"};
  }
  unread_.append(bytes.data(), static_cast<std::size_t>(got > 0 ? got : 0));
  return got > 0;
}

std::string RawClient::read_through(std::string_view end) {
  std::size_t found = unread_.find(end);
  while (found == std::string::npos) {
    const std::size_t known = unread_.size();
    if (!read_more()) {
      return std::exchange(unread_, {});
    }
    found = unread_.find(end, known < end.size() ? 0 : known - end.size());
  }
  std::string read = unread_.substr(0, found + end.size());
  unread_.erase(0, found + end.size());
  return read;
}

std::string RawClient::read_answer() {
  constexpr std::string_view kLength = "Content-Length: ";
  std::string answer = read_through("\r\n\r\n");
  const std::size_t field = answer.find(kLength);
  const std::size_t length = field == std::string::npos ? 0 : std::stoul(answer.substr(field + kLength.size()));
  while (unread_.size() < length && read_more()) {
  }
  answer += unread_.substr(0, length);
  unread_.erase(0, length);
  return answer;
}

std::string RawClient::read_all() {
  while (read_more()) {
  }
  return std::exchange(unread_, {});
}

}  // namespace weir::detail::http
