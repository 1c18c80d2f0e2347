#include "http/server.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "unit/http/raw_client.hpp"
#include "unit/http/server_fixture.hpp"
#include "weir/errors.hpp"

namespace weir::detail::http {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kHost = "Host: 127.0.0.1\r\n";

std::string request(const std::string& line, const std::string& fields = "") {
  return line + " HTTP/1.1\r\n" + kHost + fields + "\r\n";
}

TEST_F(ServerGivenAClient, WhenThePageIsAskedForThenItIsAnswered) {
  start();
  RawClient client = connect();
  client.get("/");
  EXPECT_THAT(client.read_answer(), AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("\r\n\r\nhello")));
}

TEST_F(ServerGivenAClient, WhenTheAnswerIsReadThenTheNextRequestIsAnsweredToo) {
  start();
  RawClient client = connect();
  for (int i = 0; i < 3; ++i) {
    client.get("/");
    EXPECT_THAT(client.read_answer(), EndsWith("hello"));
  }
  client.send(request("GET /nothing"));
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 404 "));
  client.send(request("POST /"));
  EXPECT_THAT(client.read_answer(), StartsWith("HTTP/1.1 405 "));
  client.send(request("HEAD /"));
  EXPECT_THAT(client.read_through("\r\n\r\n"), HasSubstr("Content-Length: 5\r\n"));
  client.get("/");
  EXPECT_THAT(client.read_answer(), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("hello")));
}

TEST_F(ServerGivenAClient, WhenTheClientWantsNoMoreThenTheConnectionIsClosed) {
  start();
  EXPECT_THAT(answer_to(request("GET /", "Connection: close\r\n")), EndsWith("hello"));
  EXPECT_THAT(answer_to("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"), EndsWith("hello"));
  EXPECT_TRUE(has_connections(0));
}

TEST_F(ServerGivenAClient, WhenRequestsArePipelinedThenTheyAreAnsweredInOrder) {
  routes_.pages["/path"] = {.handler = [](const Request& asked) { return Response{.body = "[" + asked.query + "]"}; }};
  options_.limits.requests_per_second = 100'000;
  start();
  std::string all;
  for (int i = 0; i < 500; ++i) {
    all += request("GET /path?" + std::to_string(i));
  }
  RawClient client = connect();
  client.send(all);
  for (int i = 0; i < 500; ++i) {
    ASSERT_THAT(client.read_answer(), EndsWith("[" + std::to_string(i) + "]"));
  }
}

TEST_F(ServerGivenAClient, WhenTheClientEndsItsSideThenItStillGetsItsAnswers) {
  start();
  RawClient client = connect();
  client.send(request("GET /") + request("GET /"));
  client.finish_sending();
  EXPECT_THAT(client.read_answer(), EndsWith("hello"));
  EXPECT_THAT(client.read_answer(), EndsWith("hello"));
  EXPECT_EQ(client.read_all(), "");
  EXPECT_TRUE(has_connections(0));
}

TEST_F(ServerGivenAClient, WhenTheClientLeavesAtAnyByteThenItIsForgotten) {
  start();
  const std::string whole = request("GET /");
  for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
    connect().send(whole.substr(0, bytes));
  }
  EXPECT_TRUE(has_connections(0));
  EXPECT_THAT(get("/"), EndsWith("hello"));
}

TEST_F(ServerGivenAClient, WhenARequestIsNoHttpThenItIsABadRequestAndTheConnectionIsClosed) {
  start();
  for (const char* const garbage : {"\x16\x03\x01", "hello\r\n\r\n", "GET /\r\n\r\n",
                                    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"}) {
    EXPECT_THAT(answer_to(garbage), StartsWith("HTTP/1.1 400 ")) << garbage;
  }
}

TEST_F(ServerGivenAClient, WhenARequestHasABodyThenItIsRefusedUnread) {
  start();
  EXPECT_THAT(answer_to(request("POST /", "Content-Length: 40\r\n") + request("GET /")), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(answer_to(request("GET /", "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n"), StartsWith("HTTP/1.1 413 "));
}

TEST_F(ServerGivenAClient, WhenTheRequestIsForAnotherHostThenItGetsNothing) {
  start();
  EXPECT_THAT(answer_to("GET / HTTP/1.1\r\nHost: evil.com\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 421 "));
}

TEST_F(ServerGivenAClient, WhenAHostIsAllowedThenItIsAnswered) {
  options_.allowed_hosts = {"status.example.org"};
  start();
  EXPECT_THAT(answer_to("GET / HTTP/1.1\r\nHost: status.example.org\r\nConnection: close\r\n\r\n"), EndsWith("hello"));
}

TEST_F(ServerGivenAClient, WhenARequestStaysIncompleteThenTheConnectionIsClosed) {
  options_.limits.request = milliseconds{50};
  start();
  RawClient silent = connect();
  RawClient slow = connect();
  slow.send("GET / HT");
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_EQ(slow.read_all(), "");
  EXPECT_TRUE(has_connections(0));
}

TEST_F(ServerGivenAClient, WhenBytesDripThenTheRequestHasNoMoreTime) {
  options_.limits.request = milliseconds{20};
  start();
  RawClient client = connect();
  while (client.send("G")) {
    on_thread([] {});
  }
  EXPECT_EQ(client.read_all(), "");
  EXPECT_TRUE(has_connections(0));
}

TEST_F(ServerGivenAClient, WhenItIsIdleForLongThenTheConnectionIsClosed) {
  options_.limits.idle = milliseconds{50};
  start();
  RawClient client = connect();
  client.get("/");
  EXPECT_THAT(client.read_all(), EndsWith("hello"));
}

TEST_F(ServerGivenAClient, WhenTheNextRequestHasBegunThenItHasTheTimeOfARequest) {
  options_.limits.idle = milliseconds{50};
  start();
  RawClient client = connect();
  client.send(request("GET /") + "GET / HTT");
  EXPECT_THAT(client.read_answer(), EndsWith("hello"));
  let_pass(milliseconds{100});
  client.send(std::string{"P/1.1\r\n"} + kHost + "\r\n");
  EXPECT_THAT(client.read_answer(), EndsWith("hello"));
}

TEST_F(ServerGivenAClient, WhenTheAnswerIsNotReadThenTheConnectionIsClosed) {
  options_.limits.answer = milliseconds{50};
  routes_.pages["/large"] = {.handler = [](const Request&) { return Response{.body = std::string(8'000'000, 'x')}; }};
  start();
  RawClient client = connect(4096);
  client.get("/large");
  EXPECT_TRUE(has_connections(1));
  EXPECT_TRUE(has_connections(0));
  EXPECT_LT(client.read_all().size(), 8'000'000U);
}

TEST_F(ServerGivenAClient, WhenMoreRequestsComeThanAreAnsweredInASecondThenTheyWait) {
  options_.limits.requests_per_second = 20;
  options_.limits.request_burst = 1;
  start();
  const auto begin = std::chrono::steady_clock::now();
  RawClient client = connect();
  for (int i = 0; i < 5; ++i) {
    client.get("/");
    EXPECT_THAT(client.read_answer(), EndsWith("hello"));
  }
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds{200});
}

TEST_F(ServerGivenAClient, WhenMoreConnectionsComeThanAreAcceptedInASecondThenTheyWait) {
  options_.limits.accepts_per_second = 20;
  options_.limits.accept_burst = 1;
  start();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(get("/"), EndsWith("hello"));
  }
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds{150});
}

TEST_F(ServerGivenAClient, WhenAllConnectionsWaitForTheirTurnThenAnotherWaitsForRoom) {
  options_.limits.connections = 2;
  options_.limits.requests_per_second = 20;
  options_.limits.request_burst = 0;
  start();
  RawClient first = connect();
  RawClient second = connect();
  first.get("/");
  second.get("/");
  EXPECT_TRUE(has_connections(2));
  EXPECT_THAT(get("/"), EndsWith("hello"));
  EXPECT_THAT(first.read_answer(), EndsWith("hello"));
}

TEST_F(ServerGivenAClient, WhenAllConnectionsAreTakenThenTheOneThatIsIdleForLongestIsClosed) {
  options_.limits.connections = 3;
  start();
  RawClient reading = connect();
  reading.send("GET / HTTP/1.1\r\n");
  EXPECT_TRUE(has_connections(1));
  std::vector<RawClient> idle;
  for (int i = 0; i < 2; ++i) {
    idle.push_back(connect());
    idle.back().get("/");
    EXPECT_THAT(idle.back().read_answer(), EndsWith("hello"));
  }
  EXPECT_THAT(get("/"), EndsWith("hello"));
  EXPECT_EQ(idle[0].read_all(), "");
  idle[1].get("/");
  EXPECT_THAT(idle[1].read_answer(), EndsWith("hello"));
  reading.send(std::string{kHost} + "\r\n");
  EXPECT_THAT(reading.read_answer(), EndsWith("hello"));
}

TEST_F(ServerGivenAClient, WhenItIsClosedThenAllConnectionsEndAndNoneIsTaken) {
  start();
  std::vector<RawClient> clients;
  clients.push_back(connect());
  clients.push_back(connect());
  clients.back().get("/");
  EXPECT_THAT(clients.back().read_answer(), EndsWith("hello"));
  clients.push_back(connect());
  clients.back().get("/events");
  EXPECT_TRUE(has_listeners(1));
  EXPECT_TRUE(has_connections(3));
  on_thread([this] { server_->close(); });
  for (RawClient& client : clients) {
    client.read_all();
  }
  EXPECT_EQ(on_thread([this] { return server_->connections(); }), 0U);
  EXPECT_THROW(connect(), std::system_error);
  on_thread([this] { server_->close(); });
}

TEST_F(ServerGivenAClient, WhenItsHandlerDestroysItThenTheConnectionEnds) {
  routes_.pages["/end"] = {.handler = [this](const Request&) {
    server_.reset();
    return Response{};
  }};
  start();
  EXPECT_EQ(answer_to(request("GET /end")), "");
}

TEST_F(ServerGivenAClient, WhenItIsDestroyedThenAnotherCanListenAtOnce) {
  start();
  RawClient client = connect();
  client.get("/");
  EXPECT_THAT(client.read_answer(), EndsWith("hello"));
  on_thread([this] {
    server_.reset();
    server_.emplace(context_, Endpoint{.port = port_}, routes_, options_);
  });
  EXPECT_THAT(get("/"), EndsWith("hello"));
}

TEST_F(ServerGivenAClient, WhenAHandlerThrowsThenTheOthersAreAnswered) {
  routes_.pages["/broken"] = {.handler = [](const Request&) -> Response { throw 1; }};
  start();
  EXPECT_THAT(answer_to(request("GET /broken")), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(get("/"), EndsWith("hello"));
}

// As `ulimit -n` does, once descriptors are short.
class Descriptors {
 public:
  Descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::dup(STDERR_FILENO);
    ::close(next);
    rlimit none_left = before_;
    none_left.rlim_cur = static_cast<rlim_t>(next);
    ::setrlimit(RLIMIT_NOFILE, &none_left);
  }
  ~Descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;

 private:
  rlimit before_{};
};

TEST_F(ServerGivenAClient, WhenThereIsNoDescriptorForAConnectionThenItIsTakenLater) {
  if (kSanitized) {
    GTEST_SKIP() << "the check of types needs descriptors too";
  }
  options_.limits.accept_pause = milliseconds{20};
  start();
  std::optional<RawClient> client;
  std::optional<Descriptors> none;
  on_thread([&] {  // where it cannot be accepted before
    client.emplace(port_);
    none.emplace();
  });
  client->get("/");
  let_pass(milliseconds{50});
  EXPECT_EQ(on_thread([this] { return server_->connections(); }), 0U);
  none.reset();
  EXPECT_THAT(client->read_answer(), EndsWith("hello"));
}

TEST(Server, GivenAPortInUseThenTheErrorTellsSo) {
  boost::asio::io_context context;
  const Server first{context, {}, {}};
  EXPECT_NE(first.local_endpoint().port, 0);
  try {
    const Server second{context, first.local_endpoint(), {}};
    FAIL() << "it listens there too";
  } catch (const UsageError& error) {
    EXPECT_EQ(std::string{error.what()},
              "address \"" + first.local_endpoint().text() +
                  "\": another program listens there; take another port, or 0 for a free one");
  }
}

std::string error_at(const Endpoint& endpoint) {
  boost::asio::io_context context;
  try {
    const Server server{context, endpoint, {}};
    return "listens at " + server.local_endpoint().text();
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(Server, GivenAnAddressOfAnotherMachineThenTheErrorTellsSo) {
  EXPECT_THAT(error_at({.host = "192.0.2.1"}), HasSubstr("this is no address of this machine"));
}

TEST(Server, GivenANameThatLeadsNowhereThenTheErrorTellsSo) {
  EXPECT_THAT(error_at({.host = "no-such-name.invalid"}), HasSubstr("the name leads to no address"));
}

TEST(Server, GivenAPrivilegedPortThenTheErrorTellsSo) {
  const std::string error = error_at({.host = "127.0.0.1", .port = 1});
  if (error == "listens at 127.0.0.1:1") {
    GTEST_SKIP() << "this user may listen at any port, as may all in some containers";
  }
  EXPECT_THAT(error, HasSubstr("there is no permission to listen there"));
}

TEST(Server, GivenANameThenItListensAtItsAddress) {
  const std::string error = error_at({.host = "localhost"});
  if (error.find("the name leads to no address") != std::string::npos) {
    GTEST_SKIP() << "this system knows no localhost, as a bare installation";
  }
  EXPECT_THAT(error, ::testing::AnyOf(StartsWith("listens at 127.0.0.1:"), StartsWith("listens at [::1]:")));
}

TEST(Server, GivenALoopbackServerThenNobodyListensAtOtherAddresses) {
  boost::asio::io_context context;
  const Server server{context, {}, {}};
  const std::uint16_t port = server.local_endpoint().port;
  EXPECT_TRUE(server.local_endpoint().is_loopback());
  EXPECT_NO_THROW(RawClient(port, 0, "127.0.0.1"));
  EXPECT_THROW(RawClient(port, 0, "127.0.0.2"), std::system_error);
}

TEST(Server, GivenAllAddressesThenItTellsThatOtherMachinesReachIt) {
  boost::asio::io_context context;
  const Server server{context, {.host = "0.0.0.0"}, {}};
  EXPECT_FALSE(server.local_endpoint().is_loopback());
  EXPECT_NO_THROW(RawClient(server.local_endpoint().port, 0, "127.0.0.2"));
}

TEST(Server, GivenOperationsThatAreNotFinishedThenItsContextCanBeDestroyed) {
  boost::asio::io_context context;
  std::optional<Server> server;
  server.emplace(context, Endpoint{}, Routes{});
  RawClient client{server->local_endpoint().port};
  client.send("GET / HTTP/1.1\r\n");
  while (server->connections() == 0) {
    context.run_one();
  }
  server.reset();
}

}  // namespace
}  // namespace weir::detail::http
