#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "http/server.hpp"
#include "unit/http/raw_client.hpp"

namespace weir::detail::http {

// A sanitizer takes memory, and a descriptor at times.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

/// A server on a thread of its own, with a page at `/` that says "hello" and a stream at `/events`.
class ServerGivenAClient : public ::testing::Test {
 protected:
  ServerGivenAClient();
  ~ServerGivenAClient() override;

  /// Starts it with what the test has set.
  void start();

  /// Runs on the server's thread.
  template <typename Call>
  auto on_thread(Call call) {
    std::packaged_task<decltype(call())()> task{std::move(call)};
    auto result = task.get_future();
    boost::asio::post(context_, std::move(task));
    return result.get();
  }

  /// Whether it comes true, by looking again and again on the server's thread.
  [[nodiscard]] bool becomes_true(const std::function<bool()>& condition);
  [[nodiscard]] bool has_connections(std::size_t count);
  [[nodiscard]] bool has_listeners(std::size_t count);

  RawClient connect(int receive_bytes = 0) const { return RawClient{port_, receive_bytes}; }

  /// Waits on the server's thread: its timers that are due by then have run.
  void let_pass(std::chrono::milliseconds time);

  /// Of a connection of its own: sends the bytes and reads until the server closes.
  [[nodiscard]] std::string answer_to(std::string_view bytes) const;

  /// What a page of the given name answers a plain request, on a connection of its own.
  [[nodiscard]] std::string get(std::string_view target) const;

  boost::asio::io_context context_;
  Endpoint endpoint_{};
  Routes routes_;
  ServerOptions options_;
  std::optional<Server> server_;  // used on its thread alone
  std::uint16_t port_ = 0;

 private:
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::jthread thread_;
};

}  // namespace weir::detail::http
