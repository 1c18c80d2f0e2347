#include "http/reply.hpp"

#include <cassert>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace weir::detail::http {
namespace {

using Method = ParsedRequest::Method;

constexpr std::string_view kAllow = "Allow: GET, HEAD\r\n";
constexpr std::string_view kRetryLater = "Retry-After: 5\r\n";

std::string_view phrase_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 421:
      return "Misdirected Request";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "";  // it may be empty: RFC 9112, section 4
  }
}

struct Head {
  int status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string_view cache_control = "no-store";
  std::string_view security_policy = kShowOnly;
  std::optional<std::size_t> length{};  // none: until the connection is closed
  bool keep_alive = false;
};

std::string text_of(const Head& head) {
  std::string text = fmt::format(
      "HTTP/1.1 {} {}\r\n"
      "Content-Type: {}\r\n"
      "Cache-Control: {}\r\n"
      "Content-Security-Policy: {}\r\n"
      "Cross-Origin-Resource-Policy: same-origin\r\n"
      "Referrer-Policy: no-referrer\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "Connection: {}\r\n",
      head.status, phrase_of(head.status), head.content_type, head.cache_control, head.security_policy,
      head.keep_alive ? "keep-alive" : "close");
  if (head.length) {
    text += fmt::format("Content-Length: {}\r\n", *head.length);
  }
  text += head.status == 405 ? kAllow : head.status == 503 ? kRetryLater : "";
  return text += "\r\n";
}

// A link on another site may lead here, as may a bookmark. A script, an image or a frame of another site may not. Older
// browsers do not tell; their scripts still cannot read the answer, since it allows no other origin.
bool is_cross_site(const ParsedRequest& request) {
  const bool is_own = request.fetch_site.empty() || request.fetch_site == "same-origin" || request.fetch_site == "none";
  return !is_own && (request.fetch_mode != "navigate" || request.fetch_dest != "document");
}

std::optional<Reply> refused(const ParsedRequest& request, const HostNames& names) {
  if (request.has_body) {
    return refusal(413, "a request has no body here");  // nothing after it can be read
  }
  if (request.hosts != 1 || request.origins > 1) {
    return refusal(400, "a request has one field Host, and at most one Origin");
  }
  if (!names.admit(request.host)) {
    return refusal(421,
                   "this server goes by another name: ask for it by its address, or have its owner allow the name");
  }
  if ((request.origins == 1 && !is_own_origin(request.origin, request.host)) || is_cross_site(request)) {
    return refusal(403, "pages of other sites get nothing here");
  }
  return std::nullopt;
}

Reply error(const ParsedRequest& request, int status, std::string_view reason) {
  Reply reply{.head = {},
              .body = fmt::format("{} {}: {}\n", status, phrase_of(status), reason),
              .keep_alive = request.keep_alive};
  reply.head = text_of({.status = status, .length = reply.body.size(), .keep_alive = reply.keep_alive});
  return reply;
}

Request request_of(const ParsedRequest& parsed) {
  const std::size_t mark = parsed.target.find('?');
  return {.path = parsed.target.substr(0, mark),
          .query = mark == std::string::npos ? std::string{} : parsed.target.substr(mark + 1),
          .accept = parsed.accept};
}

Reply page_reply(const Page& page, const Request& request, bool keep_alive) {
  Response response = page.handler(request);
  return {.head = text_of({.status = response.status,
                           .content_type = response.content_type,
                           .cache_control = response.cache_control,
                           .security_policy = page.content_security_policy,
                           .length = response.body.size(),
                           .keep_alive = keep_alive}),
          .body = std::move(response.body),
          .keep_alive = keep_alive};
}

Reply routed(const ParsedRequest& parsed, const Routes& routes) {
  if (parsed.method == Method::kOther) {
    return error(parsed, 405, "only GET and HEAD are answered");
  }
  if (!parsed.target.starts_with('/')) {
    return refusal(400, "the target of a request is a path");
  }
  Request request = request_of(parsed);
  if (const auto page = routes.pages.find(request.path); page != routes.pages.end()) {
    return page_reply(page->second, request, parsed.keep_alive);
  }
  if (const auto stream = routes.streams.find(request.path); stream != routes.streams.end()) {
    return {.head = text_of({.content_type = "text/event-stream"}),
            .stream = parsed.method == Method::kGet ? &stream->second : nullptr,
            .request = std::move(request)};
  }
  return error(parsed, 404, "there is nothing at this path");
}

}  // namespace

Reply refusal(int status, std::string_view reason) { return error({}, status, reason); }

Reply reply_to(const ParsedRequest& request, const Routes& routes, const HostNames& names) {
  Reply reply;
  if (std::optional<Reply> no = refused(request, names)) {
    reply = *std::move(no);
  } else {
    try {
      reply = routed(request, routes);
    } catch (...) {  // of a handler; what it says is not for clients
      reply = refusal(500, "the answer could not be made");
    }
  }
  if (request.method == Method::kHead) {
    reply.body.clear();
  }
  return reply;
}

std::string event_text(std::string_view name, std::string_view data) {
  assert(name.find_first_of("\r\n") == std::string_view::npos && "the name of an event is one line");
  std::string text = fmt::format("event: {}\n", name);
  while (true) {
    const std::size_t end = data.find_first_of("\r\n");
    text += fmt::format("data: {}\n", data.substr(0, end));
    if (end == std::string_view::npos) {
      return text += '\n';
    }
    data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
  }
}

}  // namespace weir::detail::http
