#include "http/request_buffer.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace weir::detail::http {
namespace {

using Found = RequestBuffer::Found;
using Method = ParsedRequest::Method;

void fill(RequestBuffer& buffer, std::string_view bytes) {
  std::ranges::copy(bytes, buffer.room().begin());
  buffer.fill(bytes.size());
}

Found found_in(std::string_view bytes) {
  RequestBuffer buffer;
  fill(buffer, bytes);
  return buffer.look();
}

std::optional<ParsedRequest> request_in(std::string_view bytes) {
  RequestBuffer buffer;
  fill(buffer, bytes);
  return buffer.look() == Found::kRequest ? buffer.take() : std::nullopt;
}

TEST(RequestBuffer, GivenARequestThenItHasItsParts) {
  const auto request = request_in(
      "GET /path?a=b HTTP/1.1\r\nhost: me:80\r\nORIGIN: http://me:80\r\nAccept: text/html\r\n"
      "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n\r\n");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, Method::kGet);
  EXPECT_EQ(request->target, "/path?a=b");
  EXPECT_EQ(request->hosts, 1U);
  EXPECT_EQ(request->host, "me:80");
  EXPECT_EQ(request->origins, 1U);
  EXPECT_EQ(request->origin, "http://me:80");
  EXPECT_EQ(request->accept, "text/html");
  EXPECT_EQ(request->fetch_site, "cross-site");
  EXPECT_EQ(request->fetch_mode, "navigate");
  EXPECT_EQ(request->fetch_dest, "document");
  EXPECT_TRUE(request->keep_alive);
  EXPECT_FALSE(request->has_body);
}

TEST(RequestBuffer, GivenAVersionThenItIsKeptAliveAsTheVersionHasIt) {
  EXPECT_FALSE(request_in("GET / HTTP/1.0\r\n\r\n")->keep_alive);
  EXPECT_TRUE(request_in("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")->keep_alive);
  EXPECT_FALSE(request_in("GET / HTTP/1.1\r\nConnection: close\r\n\r\n")->keep_alive);
}

TEST(RequestBuffer, GivenABodyThenTheRequestTells) {
  EXPECT_TRUE(request_in("GET / HTTP/1.1\r\nContent-Length: 1\r\n\r\n")->has_body);
  EXPECT_TRUE(request_in("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")->has_body);
  EXPECT_TRUE(request_in("GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n")->has_body);
  EXPECT_TRUE(request_in("POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n")->has_body);
  EXPECT_FALSE(request_in("GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")->has_body);
}

TEST(RequestBuffer, WhenARequestComesByteByByteThenItIsFoundWithTheLastOne) {
  constexpr std::string_view kRequest = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
  RequestBuffer buffer;
  for (const char byte : kRequest.substr(0, kRequest.size() - 1)) {
    fill(buffer, {&byte, 1});
    ASSERT_EQ(buffer.look(), Found::kPart);
  }
  fill(buffer, kRequest.substr(kRequest.size() - 1));
  ASSERT_EQ(buffer.look(), Found::kRequest);
  EXPECT_EQ(buffer.take()->method, Method::kHead);
  EXPECT_TRUE(buffer.empty());
}

TEST(RequestBuffer, GivenSeveralRequestsThenTheyAreTakenInOrder) {
  RequestBuffer buffer;
  fill(buffer, "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3");
  ASSERT_EQ(buffer.look(), Found::kRequest);
  EXPECT_EQ(buffer.take()->target, "/1");
  ASSERT_EQ(buffer.look(), Found::kRequest);
  EXPECT_EQ(buffer.take()->target, "/2");
  EXPECT_EQ(buffer.look(), Found::kPart);
  EXPECT_FALSE(buffer.empty());
}

TEST(RequestBuffer, GivenALongHeaderThenItIsTakenUpToTheLimit) {
  const std::string start = "GET / HTTP/1.1\r\nA: ";
  std::string most = start + std::string(kHeaderBytes - start.size() - 4, 'x') + "\r\n\r\n";
  ASSERT_EQ(most.size(), kHeaderBytes);
  EXPECT_TRUE(request_in(most));
  most.insert(start.size(), "x");
  EXPECT_EQ(found_in(std::string_view{most}.substr(0, kHeaderBytes)), Found::kTooLong);
}

TEST(RequestBuffer, GivenManySmallFieldsThenTheirSumIsLimitedToo) {
  std::string header = "GET / HTTP/1.1\r\n";
  while (header.size() < kHeaderBytes) {
    header += "a:\r\n";
  }
  EXPECT_EQ(found_in(std::string_view{header}.substr(0, kHeaderBytes)), Found::kTooLong);
}

TEST(RequestBuffer, GivenGarbageThenItsFirstWrongByteShowsIt) {
  for (const std::string_view garbage :
       {" ", "\r\n", "get", "\x16\x03\x01", "GET / HTTP/1.1\n", "GET \x01", "GET \x7F"}) {
    EXPECT_EQ(found_in(garbage), Found::kGarbage) << garbage;
  }
  EXPECT_EQ(found_in(std::string_view{"GET \0", 5}), Found::kGarbage);
}

TEST(RequestBuffer, GivenAHeaderThatIsNoRequestThenNothingIsTaken) {
  for (const std::string_view wrong :
       {"GARBAGE\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET / HTTP/0.9\r\n\r\n",
        "GET / HTTP/1.1 \r\n\r\n", "GET  / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nno field\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"}) {
    EXPECT_EQ(found_in(wrong), Found::kRequest) << wrong;
    EXPECT_FALSE(request_in(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace weir::detail::http
