#include "coordinator/status_site.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "http/routes.hpp"
#include "http/server.hpp"
#include "os/start_thread.hpp"
#include "page/page_files.hpp"
#include "status/prometheus.hpp"
#include "status/status_json.hpp"

namespace weir::detail::coordinator {
namespace {

constexpr const char* kEvents = "/events";
constexpr const char* kStatusEvent = "status";
constexpr const char* kWholeEvent = "whole";  // of another name, so that it is not replaced while a client is slow
constexpr int kEventsForAWholeOne = 5;

// The page's own files, its connection for events, and nothing else.
constexpr const char* kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

http::Response not_ready(std::string why) { return {.status = 503, .body = std::move(why)}; }

}  // namespace

/// What the site's thread has.
class StatusSite::Served {
 public:
  explicit Served(const http::Endpoint& endpoint) : server_{context_, endpoint, routes()} {}

  void run() { context_.run(); }

  // From any thread. Without memory it ends as it is.
  void end() noexcept {
    try {
      boost::asio::post(context_, [this] {
        server_.close();
        work_.reset();
      });
    } catch (...) {
      context_.stop();
    }
  }
  void show(status::RunStatus status) {
    boost::asio::post(context_, [this, status = std::move(status)]() mutable { take(std::move(status)); });
  }

  [[nodiscard]] const http::Endpoint& endpoint() const noexcept { return server_.local_endpoint(); }

 private:
  void take(status::RunStatus status) {
    before_ = std::exchange(now_, std::move(status));
    known_ = true;
    json_.reset();
    metrics_ = {};
    if (server_.listeners(kEvents) > 0) {
      broadcast();
    }
  }

  // Steps on workers are most of a wide status, and change no more than it.
  void broadcast() {
    const bool differs = now_.phase != before_.phase || now_.elapsed < before_.elapsed;
    if (!now_.is_wide()) {
      server_.broadcast(kEvents, kStatusEvent, json());
    } else if (++events_ >= kEventsForAWholeOne || differs) {
      events_ = 0;
      server_.broadcast(kEvents, kWholeEvent, json());
    } else {
      server_.broadcast(kEvents, kStatusEvent, status::to_json(now_, before_, status::Detail::kWithoutWorkers));
    }
  }

  const std::string& json() {
    if (!json_) {
      json_ = status::to_json(now_, before_);
    }
    return *json_;
  }

  http::Routes routes() {
    http::Routes routes;
    for (const page::PageFile& file : page::page_files()) {
      const auto serve = [&file](const http::Request& /*request*/) {
        return http::Response{.content_type = std::string{file.content_type}, .body = std::string{file.content}};
      };
      routes.pages.emplace(file.path, http::Page{serve, kPagePolicy});
    }
    routes.pages.emplace("/metrics", http::Page{[this](const http::Request& request) { return metrics(request); }});
    routes.pages.emplace("/dataflow", http::Page{[this](const http::Request& /*request*/) { return dataflow(); }});
    routes.pages.emplace(
        "/healthz", http::Page{[](const http::Request& /*request*/) { return http::Response{.body = "alive\n"}; }});
    routes.pages.emplace("/readyz", http::Page{[this](const http::Request& /*request*/) { return ready(); }});
    routes.streams.emplace(kEvents, http::EventStream{[this](const http::Request& /*request*/) {
                             return known_ ? std::vector{http::Event{kStatusEvent, json()}}
                                           : std::vector<http::Event>{};
                           }});
    return routes;
  }

  [[nodiscard]] http::Response metrics(const http::Request& request) {
    const bool open = request.accept.find("application/openmetrics-text") != std::string::npos;
    std::optional<std::string>& text = metrics_.at(open ? 1 : 0);
    if (!text) {
      text = status::to_prometheus(now_, open);
    }
    return {.content_type = open ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                 : "text/plain; version=0.0.4; charset=utf-8",
            .body = *text};
  }

  [[nodiscard]] http::Response dataflow() {
    return known_ ? http::Response{.content_type = "application/json", .body = json()} : not_ready("starting\n");
  }

  [[nodiscard]] http::Response ready() const {
    if (!known_) {
      return not_ready("starting\n");
    }
    switch (now_.phase) {
      case status::RunStatus::Phase::kRunning:
        return {.body = "reading\n"};
      case status::RunStatus::Phase::kRestarting:
        return not_ready("restarting\n");
      case status::RunStatus::Phase::kWaiting:
        return not_ready("waiting\n");
      case status::RunStatus::Phase::kStopping:
      case status::RunStatus::Phase::kEnded:
        break;
    }
    return not_ready("stopping\n");
  }

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  http::Server server_;
  bool known_ = false;  // a status has come
  status::RunStatus now_;
  status::RunStatus before_;
  int events_ = 0;  // since a whole one
  // Made once for each status, however many clients ask.
  std::optional<std::string> json_;
  std::array<std::optional<std::string>, 2> metrics_;  // of Prometheus, and OpenMetrics
};

StatusSite::StatusSite(const http::Endpoint& endpoint)
    : served_{std::make_unique<Served>(endpoint)},
      thread_{os::start_thread("the thread of the status page", [this] { served_->run(); })} {}

// The thread is waited for before what it uses is destroyed.
StatusSite::~StatusSite() { served_->end(); }

void StatusSite::show(status::RunStatus status) { served_->show(std::move(status)); }

http::Endpoint StatusSite::endpoint() const { return served_->endpoint(); }

}  // namespace weir::detail::coordinator
