#include "http/request_buffer.hpp"

#include <algorithm>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

namespace weir::detail::http {
namespace {

namespace beast = boost::beast;

using Message = beast::http::request<beast::http::empty_body>;

constexpr std::string_view kEnd = "\r\n\r\n";

std::string text_of(beast::string_view text) { return {text.data(), text.size()}; }

ParsedRequest::Method method_of(const Message& message) {
  switch (message.method()) {
    case beast::http::verb::get:
      return ParsedRequest::Method::kGet;
    case beast::http::verb::head:
      return ParsedRequest::Method::kHead;
    default:
      return ParsedRequest::Method::kOther;
  }
}

ParsedRequest request_of(const Message& message) {
  using beast::http::field;
  return {.method = method_of(message),
          .target = text_of(message.target()),
          .keep_alive = message.keep_alive(),
          .hosts = message.count(field::host),
          .origins = message.count(field::origin),
          .host = text_of(message[field::host]),
          .origin = text_of(message[field::origin]),
          .accept = text_of(message[field::accept]),
          .fetch_site = text_of(message["Sec-Fetch-Site"]),
          .fetch_mode = text_of(message["Sec-Fetch-Mode"]),
          .fetch_dest = text_of(message["Sec-Fetch-Dest"])};
}

// Beast's own limit is one on the bytes since the last whole field: a client whose packets end within fields has none.
// So it is given whole headers alone.
std::optional<ParsedRequest> parse(std::string_view header) {
  beast::http::request_parser<beast::http::empty_body> parser;
  parser.body_limit(boost::none);  // whether there is a body is looked at here
  beast::error_code error;
  parser.put(boost::asio::buffer(header.data(), header.size()), error);
  if (error || !parser.is_header_done()) {
    return std::nullopt;
  }
  ParsedRequest request = request_of(parser.get());
  request.has_body =
      parser.content_length().value_or(0) > 0 || parser.get().count(beast::http::field::transfer_encoding) > 0;
  return request;
}

bool is_letter(char c) { return c >= 'A' && c <= 'Z'; }

bool may_be_in_header(char c) {
  constexpr char kDelete = 0x7F;
  const auto code = static_cast<unsigned char>(c);
  return code >= ' ' ? c != kDelete : c == '\r' || c == '\n' || c == '\t';
}

}  // namespace

RequestBuffer::Found RequestBuffer::look() noexcept {
  const std::string_view all{bytes_.data(), filled_};
  if (!all.empty() && !is_letter(all.front())) {
    return Found::kGarbage;
  }
  // The end may be there in part already.
  const std::size_t end = all.find(kEnd, scanned_ - std::min(scanned_, kEnd.size() - 1));
  const std::size_t known = end == std::string_view::npos ? filled_ : end + kEnd.size();
  for (; scanned_ < known; ++scanned_) {
    const char byte = all[scanned_];
    if (!may_be_in_header(byte) || (byte == '\n' && all[scanned_ - 1] != '\r')) {
      return Found::kGarbage;
    }
  }
  if (end != std::string_view::npos) {
    return Found::kRequest;
  }
  return filled_ == bytes_.size() ? Found::kTooLong : Found::kPart;
}

std::optional<ParsedRequest> RequestBuffer::take() {
  std::optional<ParsedRequest> request = parse({bytes_.data(), scanned_});
  std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(scanned_),
            bytes_.begin() + static_cast<std::ptrdiff_t>(filled_), bytes_.begin());
  filled_ -= scanned_;
  scanned_ = 0;
  return request;
}

}  // namespace weir::detail::http
