#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "http/server.hpp"
#include "unit/http/raw_client.hpp"
#include "unit/http/server_fixture.hpp"

namespace weir::detail::http {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

std::int64_t resident_bytes() {
  std::ifstream file{"/proc/self/statm"};
  std::int64_t all = 0;
  std::int64_t resident = 0;
  file >> all >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

// With the memory of the client, which is small.
class ServerGivenAnAttacker : public ServerGivenAClient {
 protected:
  void SetUp() override {
    options_.limits.accepts_per_second = 100'000;  // the test is to end soon
    options_.limits.requests_per_second = 10'000;
    routes_.pages["/large"] = {.handler = [](const Request&) { return Response{.body = std::string(100'000, 'x')}; }};
    start();
  }

  void TearDown() override {
    constexpr std::int64_t kMost = 8 * 1024 * 1024;
    const std::int64_t growth = resident_bytes() - before_;
    RecordProperty("growth_bytes", std::to_string(growth));
    if (!kSanitized) {
      EXPECT_LT(growth, kMost);
    }
    EXPECT_THAT(get("/"), EndsWith("hello"));
  }

 private:
  std::int64_t before_ = resident_bytes();
};

TEST_F(ServerGivenAnAttacker, WhenManySocketsSendHalfARequestThenOthersAreAnswered) {
  std::vector<RawClient> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(connect());
    slow.back().send("GET / HTTP/1.1\r\nHost: 127.0");
  }
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(get("/"), EndsWith("hello"));
  }
  EXPECT_LE(on_thread([this] { return server_->connections(); }), 32U);
}

TEST_F(ServerGivenAnAttacker, WhenSocketsAskAndDoNotReadThenOthersAreAnswered) {
  std::vector<RawClient> rude;
  for (int i = 0; i < 64; ++i) {
    rude.push_back(connect(4096));
    std::string many;
    for (int k = 0; k < 50; ++k) {
      many += "GET /large HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    }
    rude.back().send(many);
  }
  EXPECT_THAT(get("/"), EndsWith("hello"));
}

TEST_F(ServerGivenAnAttacker, WhenTheHeaderIsAMegabyteThenItIsRefused) {
  RawClient one_field = connect();
  one_field.send("GET / HTTP/1.1\r\nA: " + std::string(1'000'000, 'x'));
  EXPECT_THAT(one_field.read_all(), StartsWith("HTTP/1.1 431 "));
  RawClient many_fields = connect();
  std::string fields = "GET / HTTP/1.1\r\n";
  while (fields.size() < 1'000'000) {
    fields += "A: b\r\n";
  }
  many_fields.send(fields);
  EXPECT_THAT(many_fields.read_all(), StartsWith("HTTP/1.1 431 "));
  RawClient line = connect();
  line.send("GET /" + std::string(1'000'000, 'x'));
  EXPECT_THAT(line.read_all(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(ServerGivenAnAttacker, WhenFieldsComeOneByOneThenTheirSumIsRefused) {
  RawClient client = connect();
  client.send("GET / HTTP/1.1\r\nA");
  for (int i = 0; i < 2000 && client.send(": b\r\nA"); ++i) {
    on_thread([] {});  // it is read alone
  }
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(ServerGivenAnAttacker, WhenAnswersAreFollowedByEndlessBytesThenTheConnectionIsClosed) {
  RawClient client = connect();
  const std::string bytes(100'000, '\0');
  int sent = 0;
  while (client.send(bytes)) {
    ASSERT_LT(++sent, 1000);
  }
  EXPECT_TRUE(has_connections(0));
}

TEST_F(ServerGivenAnAttacker, WhenGarbageComesThenOthersAreAnswered) {
  std::mt19937 random{20250101};  // NOLINT(bugprone-random-generator-seed)
  const auto below = [&random](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
  const std::string request = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  const std::vector<std::string> starts{"", "GET ", "GET / HTTP/1.1\r\n", request.substr(0, request.size() - 2),
                                        request};
  constexpr int kRequests = kSanitized ? 2'000 : 10'000;
  for (int i = 0; i < kRequests; ++i) {
    std::string garbage = starts[below(static_cast<std::uint32_t>(starts.size()))];
    if (below(2) == 0) {
      for (std::uint32_t left = below(200); left > 0; --left) {
        garbage += static_cast<char>(below(256));
      }
    } else if (!garbage.empty()) {
      garbage[below(static_cast<std::uint32_t>(garbage.size()))] = static_cast<char>(below(256));
    }
    connect().send(garbage);
    if (i % 50 == 0) {  // as many as may wait to be accepted
      ASSERT_THAT(get("/"), EndsWith("hello"));
    }
  }
  EXPECT_TRUE(has_connections(0));
}

TEST_F(ServerGivenAnAttacker, WhenListenersDoNotReadThenEventsAreDropped) {
  std::vector<RawClient> deaf;
  for (int i = 0; i < 16; ++i) {
    deaf.push_back(connect(4096));
    deaf.back().get("/events");
  }
  EXPECT_TRUE(has_listeners(16));
  for (int i = 0; i < 200; ++i) {
    on_thread([this] { server_->broadcast("/events", "state", std::string(200'000, 'x')); });
  }
  EXPECT_THAT(get("/"), EndsWith("hello"));
}

// Clients that send whole requests as fast as they are answered.
class ServerGivenAFlood : public ServerGivenAClient {
 protected:
  static constexpr int kThreads = 4;
  static constexpr std::size_t kSocketsOfAThread = 32;

  void SetUp() override {
    routes_.pages["/large"] = {.handler = [](const Request&) { return Response{.body = std::string(200'000, 'x')}; }};
    start();
  }

  // Each thread has sockets that send `requests`; one that is answered or closed is replaced.
  void flood(const std::string& requests) {
    for (int thread = 0; thread < kThreads; ++thread) {
      threads_.emplace_back([this, requests](const std::stop_token& stop) {
        std::deque<RawClient> sockets;
        while (!stop.stop_requested()) {
          sockets.push_back(connect());
          sockets.back().send(requests);
          if (sockets.size() == kSocketsOfAThread) {
            answered_ += sockets.front().read_through("\r\n\r\n").empty() ? 0 : 1;
            sockets.pop_front();
          }
        }
      });
    }
    while (answered_ < 300) {
      std::this_thread::yield();
    }
  }

  void others_are_answered_in_time() {
    for (int i = 0; i < 10; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      EXPECT_THAT(get("/"), EndsWith("hello"));
      EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{kSanitized ? 10 : 1});
    }
  }

 private:
  std::atomic<int> answered_ = 0;
  std::vector<std::jthread> threads_;
};

TEST_F(ServerGivenAFlood, OfRequestsOnNewSocketsThenOthersAreAnsweredInTime) {
  flood("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  others_are_answered_in_time();
}

TEST_F(ServerGivenAFlood, OfManyRequestsOnEachSocketThenOthersAreAnsweredInTime) {
  std::string many;
  for (int i = 0; i < 50; ++i) {
    many += "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  }
  flood(many);
  others_are_answered_in_time();
}

TEST_F(ServerGivenAFlood, OfLargeAnswersThenOthersAreAnsweredInTime) {
  flood("GET /large HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  others_are_answered_in_time();
}

}  // namespace
}  // namespace weir::detail::http
