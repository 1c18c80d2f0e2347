#include "unit/http/server_fixture.hpp"

#include <chrono>
#include <memory>

#include <boost/asio/steady_timer.hpp>

namespace weir::detail::http {

ServerGivenAClient::ServerGivenAClient() : work_{boost::asio::make_work_guard(context_)} {
  routes_.pages["/"] = {.handler = [](const Request&) { return Response{.body = "hello"}; }};
  routes_.streams["/events"] = {};
}

ServerGivenAClient::~ServerGivenAClient() {
  if (thread_.joinable()) {
    on_thread([this] { server_.reset(); });
  }
  work_.reset();
}

void ServerGivenAClient::start() {
  server_.emplace(context_, endpoint_, routes_, options_);
  port_ = server_->local_endpoint().port;
  thread_ = std::jthread{[this] { context_.run(); }};
}

bool ServerGivenAClient::becomes_true(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (std::chrono::steady_clock::now() < end) {
    if (on_thread(condition)) {
      return true;
    }
    std::this_thread::yield();
  }
  return false;
}

bool ServerGivenAClient::has_connections(std::size_t count) {
  return becomes_true([this, count] { return server_->connections() == count; });
}

bool ServerGivenAClient::has_listeners(std::size_t count) {
  return becomes_true([this, count] { return server_->listeners("/events") == count; });
}

void ServerGivenAClient::let_pass(std::chrono::milliseconds time) {
  std::promise<void> passed;
  const std::future<void> has_passed = passed.get_future();
  auto timer = std::make_unique<boost::asio::steady_timer>(context_, time);
  boost::asio::steady_timer& waits = *timer;
  waits.async_wait([timer = std::move(timer), passed = std::move(passed)](const auto&) mutable { passed.set_value(); });
  has_passed.wait();
}

std::string ServerGivenAClient::answer_to(std::string_view bytes) const {
  RawClient client = connect();
  client.send(bytes);
  return client.read_all();
}

std::string ServerGivenAClient::get(std::string_view target) const {
  RawClient client = connect();
  client.get(target);
  return client.read_answer();
}

}  // namespace weir::detail::http
