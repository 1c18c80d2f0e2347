#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace weir::detail::http {

/// What a handler learns of a request.
struct Request {
  std::string path;
  std::string query;   ///< what follows `?`, as it came
  std::string accept;  ///< the first field Accept, empty if there is none
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body{};
  std::string cache_control = "no-store";
};

/// A browser does nothing with an answer that has it but show it.
inline constexpr const char* kShowOnly =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A path that is answered by a call.
struct Page {
  std::function<Response(const Request&)> handler;  ///< an exception is answered with 500
  std::string content_security_policy = kShowOnly;
};

struct Event {
  std::string name;  ///< one line
  std::string data;
};

/// A path whose clients get events (server-sent events), until they leave.
struct EventStream {
  std::function<std::vector<Event>(const Request&)> greeting;  ///< what a new client gets first; may be null
};

/// What a server serves, by path.
struct Routes {
  std::map<std::string, Page, std::less<>> pages;
  std::map<std::string, EventStream, std::less<>> streams;
};

}  // namespace weir::detail::http
