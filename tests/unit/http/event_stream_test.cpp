#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/server.hpp"
#include "unit/http/raw_client.hpp"
#include "unit/http/server_fixture.hpp"

namespace weir::detail::http {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class EventStreamGivenAListener : public ServerGivenAClient {
 protected:
  // Its client has the head of the stream, and gets what is broadcast from now on.
  [[nodiscard]] RawClient listen(int receive_bytes = 0) {
    const std::size_t before = on_thread([this] { return server_->listeners("/events"); });
    RawClient client = connect(receive_bytes);
    client.get("/events");
    head_ = client.read_through("\r\n\r\n");
    EXPECT_TRUE(has_listeners(before + 1));
    return client;
  }

  void broadcast(const std::string& name, const std::string& data) {
    on_thread([&] { server_->broadcast("/events", name, data); });
  }

  std::string head_;
};

TEST_F(EventStreamGivenAListener, WhenEventsAreBroadcastThenItGetsThemInOrder) {
  start();
  RawClient client = listen();
  EXPECT_THAT(head_, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Type: text/event-stream\r\n")));
  for (int i = 0; i < 100; ++i) {
    broadcast("state", std::to_string(i));
    EXPECT_EQ(client.read_through("\n\n"), "event: state\ndata: " + std::to_string(i) + "\n\n");
  }
}

TEST_F(EventStreamGivenAListener, WhenItComesThenItIsGreetedFirst) {
  routes_.streams["/events"].greeting = [](const Request& request) {
    return std::vector<Event>{{.name = "shape", .data = request.query}, {.name = "state", .data = "1"}};
  };
  start();
  RawClient client = connect();
  client.get("/events?steps");
  client.read_through("\r\n\r\n");
  EXPECT_EQ(client.read_through("\n\n"), "event: shape\ndata: steps\n\n");
  EXPECT_EQ(client.read_through("\n\n"), "event: state\ndata: 1\n\n");
}

TEST_F(EventStreamGivenAListener, WhenItIsSilentThenComments) {
  options_.limits.comment = milliseconds{10};
  start();
  RawClient client = listen();
  EXPECT_EQ(client.read_through("\n\n"), ":\n\n");
  EXPECT_EQ(client.read_through("\n\n"), ":\n\n");
}

TEST_F(EventStreamGivenAListener, WhenThereAreSeveralThenAllGetTheEventsOfTheirStream) {
  routes_.streams["/others"] = {};
  start();
  RawClient first = listen();
  RawClient second = listen();
  RawClient other = connect();
  other.get("/others");
  other.read_through("\r\n\r\n");
  EXPECT_TRUE(becomes_true([this] { return server_->listeners("/others") == 1; }));
  on_thread([this] { server_->broadcast("/others", "b", "2"); });
  broadcast("a", "1");
  EXPECT_EQ(first.read_through("\n\n"), "event: a\ndata: 1\n\n");
  EXPECT_EQ(second.read_through("\n\n"), "event: a\ndata: 1\n\n");
  EXPECT_EQ(other.read_through("\n\n"), "event: b\ndata: 2\n\n");
}

TEST_F(EventStreamGivenAListener, WhenItLeavesThenItIsForgotten) {
  start();
  std::optional<RawClient> client = listen();
  client.reset();
  EXPECT_TRUE(has_listeners(0));
  RawClient half = listen();
  half.finish_sending();
  EXPECT_TRUE(has_listeners(0));
  EXPECT_EQ(half.read_all(), "");
  broadcast("state", "to none");
}

TEST_F(EventStreamGivenAListener, WhenItSendsMoreThenItIsClosed) {
  start();
  RawClient client = listen();
  client.get("/");
  EXPECT_TRUE(has_listeners(0));
  RawClient pipelining = connect();
  pipelining.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(pipelining.read_all(), EndsWith("\r\n\r\n"));
  EXPECT_TRUE(has_listeners(0));
}

TEST_F(EventStreamGivenAListener, WhenOnlyTheHeadIsAskedForThenItDoesNotListen) {
  start();
  EXPECT_THAT(answer_to("HEAD /events HTTP/1.1\r\nHost: localhost\r\n\r\n"), HasSubstr("text/event-stream"));
  EXPECT_TRUE(has_connections(0));
}

TEST_F(EventStreamGivenAListener, WhenThereAreTooManyThenTheNextIsToldToComeLater) {
  options_.limits.listeners = 2;
  start();
  RawClient first = listen();
  std::optional<RawClient> second = listen();
  EXPECT_THAT(get("/events"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("\r\nRetry-After: 5\r\n")));
  second.reset();
  EXPECT_TRUE(has_listeners(1));
  RawClient third = listen();
  EXPECT_THAT(head_, StartsWith("HTTP/1.1 200 "));
}

TEST_F(EventStreamGivenAListener, WhenAllConnectionsAreTakenThenItIsNotClosedForAnother) {
  options_.limits.connections = 2;
  start();
  RawClient client = listen();
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(get("/"), EndsWith("hello"));
  }
  broadcast("state", "1");
  EXPECT_EQ(client.read_through("\n\n"), "event: state\ndata: 1\n\n");
}

TEST_F(EventStreamGivenAListener, WhenAllConnectionsListenThenAnotherIsClosed) {
  options_.limits.connections = 1;
  start();
  RawClient client = listen();
  EXPECT_EQ(get("/"), "");
  broadcast("state", "1");
  EXPECT_EQ(client.read_through("\n\n"), "event: state\ndata: 1\n\n");
}

TEST_F(EventStreamGivenAListener, WhenItIsSlowThenItGetsTheNewestEventOfEachName) {
  start();
  RawClient client = listen(4096);
  const std::string padding(100'000, 'x');
  broadcast("rare", "the only one");
  for (int i = 0; i <= 200; ++i) {
    broadcast("state", padding + std::to_string(i));
  }
  broadcast("last", "");
  const std::string all = client.read_through("event: last\ndata: \n\n");
  EXPECT_THAT(all, HasSubstr("data: the only one\n"));
  EXPECT_THAT(all, HasSubstr("x200\n\nevent: last\n"));  // the newest, in its place
  EXPECT_LT(all.size(), 10 * padding.size());
}

TEST_F(EventStreamGivenAListener, WhenTooMuchWaitsForItThenItIsClosedAndTheOthersAreNot) {
  options_.limits.waiting_event_bytes = 1'000'000;
  start();
  RawClient slow = listen(4096);
  RawClient quick = listen();
  const std::string large(600'000, 'x');
  for (const char* const name : {"sent", "waiting", "too much"}) {
    broadcast(name, large);
    EXPECT_THAT(quick.read_through("\n\n"), EndsWith("x\n\n"));
  }
  EXPECT_TRUE(has_listeners(1));
  EXPECT_LT(slow.read_all().size(), large.size());
}

TEST_F(EventStreamGivenAListener, WhenItReadsNothingForLongThenItIsClosed) {
  options_.limits.answer = milliseconds{50};
  start();
  RawClient client = listen(4096);
  broadcast("state", std::string(4'000'000, 'x'));
  EXPECT_TRUE(has_listeners(0));
}

TEST_F(EventStreamGivenAListener, WhenThePathIsNoStreamThenNobodyListens) {
  start();
  on_thread([this] { server_->broadcast("/", "state", "1"); });
  EXPECT_EQ(on_thread([this] { return server_->listeners("/"); }), 0U);
}

TEST_F(EventStreamGivenAListener, WhenTheServerIsDestroyedThenTheStreamEnds) {
  start();
  RawClient client = listen();
  broadcast("state", "the last");
  on_thread([this] { server_.reset(); });
  EXPECT_EQ(client.read_all(), "event: state\ndata: the last\n\n");
}

TEST_F(EventStreamGivenAListener, WhenTheGreetingClosesTheServerThenTheStreamEnds) {
  routes_.streams["/events"].greeting = [this](const Request&) {
    server_.reset();
    return std::vector<Event>{{.name = "state", .data = "1"}};
  };
  start();
  RawClient client = connect();
  client.get("/events");
  EXPECT_THAT(client.read_all(), EndsWith("\r\n\r\n"));
}

TEST_F(EventStreamGivenAListener, WhenTheGreetingThrowsThenTheStreamEnds) {
  routes_.streams["/events"].greeting = [](const Request&) -> std::vector<Event> { throw 1; };
  start();
  RawClient client = connect();
  client.get("/events");
  EXPECT_THAT(client.read_all(), EndsWith("\r\n\r\n"));
  EXPECT_TRUE(has_connections(0));
}

}  // namespace
}  // namespace weir::detail::http
