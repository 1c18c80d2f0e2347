#include "http/reply.hpp"

#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/endpoint.hpp"

namespace weir::detail::http {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Method = ParsedRequest::Method;

class ReplyGivenAPageAndAStream : public ::testing::Test {
 protected:
  ReplyGivenAPageAndAStream() {
    routes_.pages["/page"] = {.handler =
                                  [this](const Request& request) {
                                    asked_ = request;
                                    return Response{
                                        .content_type = "text/html", .body = "<p>", .cache_control = "max-age=60"};
                                  },
                              .content_security_policy = "default-src 'self'"};
    routes_.pages["/broken"] = {.handler = [](const Request&) -> Response { throw std::runtime_error{"a secret"}; }};
    routes_.streams["/events"] = {};
  }

  [[nodiscard]] Reply reply() const { return reply_to(request_, routes_, names_); }

  HostNames names_{{.host = "127.0.0.1", .port = 80}, {.host = "127.0.0.1", .port = 80}, "machine", {}};
  Routes routes_;
  Request asked_;
  ParsedRequest request_{
      .method = Method::kGet, .target = "/page", .keep_alive = true, .hosts = 1, .host = "localhost:80"};
};

TEST_F(ReplyGivenAPageAndAStream, WhenThePageIsAskedForThenItAnswersWithItsFields) {
  const Reply page = reply();
  EXPECT_EQ(page.body, "<p>");
  EXPECT_TRUE(page.keep_alive);
  EXPECT_THAT(page.head, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("\r\n\r\n")));
  for (const char* const field :
       {"Content-Type: text/html", "Content-Length: 3", "Cache-Control: max-age=60",
        "Content-Security-Policy: default-src 'self'", "X-Content-Type-Options: nosniff",
        "Referrer-Policy: no-referrer", "Cross-Origin-Resource-Policy: same-origin", "Connection: keep-alive"}) {
    EXPECT_THAT(page.head, HasSubstr("\r\n" + std::string{field} + "\r\n"));
  }
  EXPECT_THAT(page.head, Not(HasSubstr("Access-Control")));
}

TEST_F(ReplyGivenAPageAndAStream, WhenItsHeadIsAskedForThenOnlyTheBodyIsMissing) {
  const std::string head = reply().head;
  request_.method = Method::kHead;
  EXPECT_EQ(reply().head, head);
  EXPECT_EQ(reply().body, "");
}

TEST_F(ReplyGivenAPageAndAStream, WhenThereIsAQueryThenTheHandlerGetsIt) {
  request_.target = "/page?a=b?c";
  request_.accept = "application/json";
  EXPECT_THAT(reply().head, StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(asked_.path, "/page");
  EXPECT_EQ(asked_.query, "a=b?c");
  EXPECT_EQ(asked_.accept, "application/json");
}

TEST_F(ReplyGivenAPageAndAStream, WhenThePathIsUnknownThenNothingIsFound) {
  for (const char* const target : {"/", "/page/", "/PAGE", "/../page", "//page"}) {
    request_.target = target;
    EXPECT_THAT(reply().head, StartsWith("HTTP/1.1 404 Not Found\r\n")) << target;
    EXPECT_TRUE(reply().keep_alive);
  }
}

TEST_F(ReplyGivenAPageAndAStream, WhenAnotherMethodIsUsedThenItIsToldWhichAreAllowed) {
  request_.method = Method::kOther;
  EXPECT_THAT(reply().head, AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("\r\nAllow: GET, HEAD\r\n")));
}

TEST_F(ReplyGivenAPageAndAStream, WhenThereIsABodyThenTheConnectionEnds) {
  request_.has_body = true;
  EXPECT_THAT(reply().head, AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("\r\nConnection: close\r\n")));
  EXPECT_FALSE(reply().keep_alive);
}

TEST_F(ReplyGivenAPageAndAStream, WhenTheTargetIsNoPathThenItIsABadRequest) {
  for (const char* const target : {"http://localhost/page", "*", "page", "?"}) {
    request_.target = target;
    EXPECT_THAT(reply().head, StartsWith("HTTP/1.1 400 ")) << target;
  }
}

TEST_F(ReplyGivenAPageAndAStream, WhenTheHandlerThrowsThenItsMessageStaysHere) {
  request_.target = "/broken";
  EXPECT_THAT(reply().head, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(reply().body, Not(HasSubstr("secret")));
}

TEST_F(ReplyGivenAPageAndAStream, WhenTheHostIsMissingOrComesTwiceThenItIsABadRequest) {
  request_.hosts = 0;
  EXPECT_THAT(reply().head, StartsWith("HTTP/1.1 400 "));
  request_.hosts = 2;
  EXPECT_THAT(reply().head, StartsWith("HTTP/1.1 400 "));
}

TEST_F(ReplyGivenAPageAndAStream, WhenAnotherNameLeadsHereThenItGetsNothing) {
  request_.host = "rebound.evil.com:80";
  EXPECT_THAT(reply().head, StartsWith("HTTP/1.1 421 "));
  EXPECT_EQ(asked_.path, "");
}

TEST_F(ReplyGivenAPageAndAStream, WhenAPageOfAnotherOriginAsksThenItGetsNothing) {
  request_.origins = 1;
  for (const char* const origin : {"http://evil.com", "null", "http://localhost:3000"}) {
    request_.origin = origin;
    EXPECT_THAT(reply().head, AllOf(StartsWith("HTTP/1.1 403 "), Not(HasSubstr("Access-Control")))) << origin;
  }
  request_.origin = "http://localhost:80";
  EXPECT_THAT(reply().head, StartsWith("HTTP/1.1 200 "));
}

TEST_F(ReplyGivenAPageAndAStream, WhenABrowserMarksTheRequestAsCrossSiteThenOnlyALinkLeadsHere) {
  for (const char* const site : {"cross-site", "same-site"}) {
    request_.fetch_site = site;
    request_.fetch_mode = "no-cors";
    request_.fetch_dest = "script";
    EXPECT_THAT(reply().head, StartsWith("HTTP/1.1 403 "));
    request_.fetch_mode = "navigate";
    request_.fetch_dest = "iframe";
    EXPECT_THAT(reply().head, StartsWith("HTTP/1.1 403 "));
    request_.fetch_dest = "document";
    EXPECT_THAT(reply().head, StartsWith("HTTP/1.1 200 "));
  }
  request_.fetch_site = "same-origin";
  request_.fetch_mode = "cors";
  request_.fetch_dest = "empty";
  EXPECT_THAT(reply().head, StartsWith("HTTP/1.1 200 "));
}

TEST_F(ReplyGivenAPageAndAStream, WhenTheStreamIsAskedForThenItLastsUntilTheConnectionEnds) {
  request_.target = "/events?from=1";
  const Reply events = reply();
  EXPECT_EQ(events.stream, &routes_.streams["/events"]);
  EXPECT_EQ(events.request.query, "from=1");
  EXPECT_THAT(events.head, AllOf(HasSubstr("Content-Type: text/event-stream\r\n"), HasSubstr("Connection: close\r\n"),
                                 HasSubstr("Cache-Control: no-store\r\n"), Not(HasSubstr("Content-Length"))));
  request_.method = Method::kHead;
  EXPECT_EQ(reply().stream, nullptr);
  EXPECT_EQ(reply().head, events.head);
}

TEST(EventText, GivenLinesThenEachIsALineOfData) {
  EXPECT_EQ(event_text("state", "{}"), "event: state\ndata: {}\n\n");
  EXPECT_EQ(event_text("state", ""), "event: state\ndata: \n\n");
  EXPECT_EQ(event_text("state", "a\nb\r\nc\rd\n"), "event: state\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
}

}  // namespace
}  // namespace weir::detail::http
