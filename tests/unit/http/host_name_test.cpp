#include "http/host_name.hpp"

#include <gtest/gtest.h>

#include "http/endpoint.hpp"

namespace weir::detail::http {
namespace {

class HostNamesGivenALoopbackServer : public ::testing::Test {
 protected:
  HostNames names_{{.host = "127.0.0.1", .port = 80}, {.host = "127.0.0.1", .port = 80}, "machine", {"Proxy.Lan"}};
};

TEST_F(HostNamesGivenALoopbackServer, ThenLoopbackIsAdmittedByAllItsNames) {
  for (const char* const own : {"127.0.0.1", "127.0.0.1:80", "127.0.0.1:9999", "127.9.9.9", "localhost", "LocalHost:80",
                                "localhost.", "[::1]", "[::1]:80", "[::ffff:127.0.0.1]:80"}) {
    EXPECT_TRUE(names_.admit(own)) << own;
  }
}

TEST_F(HostNamesGivenALoopbackServer, ThenOtherNamesAreNot) {
  for (const char* const other : {"", ":80", "evil.com", "evil.com:80", "machine", "192.168.1.2", "[::2]:80",
                                  "localhost.evil.com", "127.0.0.1.evil.com", "127.0.0.1:80evil.com", "127.0.0.1:80:80",
                                  "[::1", "[::1]evil.com", "evil.com@127.0.0.1", "0.0.0.0"}) {
    EXPECT_FALSE(names_.admit(other)) << other;
  }
}

TEST_F(HostNamesGivenALoopbackServer, ThenAllowedNamesAreAdmitted) {
  EXPECT_TRUE(names_.admit("proxy.lan:8443"));
  EXPECT_FALSE(names_.admit("www.proxy.lan"));
}

class HostNamesGivenAServerForOtherMachines : public ::testing::Test {
 protected:
  HostNames names_{{.host = "status.lan", .port = 80}, {.host = "10.0.0.5", .port = 80}, "Machine", {}};
};

TEST_F(HostNamesGivenAServerForOtherMachines, ThenAddressesAndItsNamesAreAdmitted) {
  for (const char* const own :
       {"10.0.0.5:80", "192.168.1.2", "[fe80::1]:80", "localhost", "machine:80", "STATUS.lan"}) {
    EXPECT_TRUE(names_.admit(own)) << own;
  }
}

TEST_F(HostNamesGivenAServerForOtherMachines, ThenOtherNamesAreNot) {
  for (const char* const other : {"evil.com", "machine.evil.com", "10.0.0.5.evil.com", ""}) {
    EXPECT_FALSE(names_.admit(other)) << other;
  }
}

TEST(HostNames, GivenAMachineWithoutANameThenAnEmptyHostIsRefused) {
  const HostNames names{{.host = "0.0.0.0", .port = 80}, {.host = "0.0.0.0", .port = 80}, "", {""}};
  EXPECT_FALSE(names.admit(""));
  EXPECT_FALSE(names.admit("."));
}

TEST(OwnOrigin, GivenTheHostOfTheRequestThenItIsItsOwn) {
  EXPECT_TRUE(is_own_origin("http://127.0.0.1:8080", "127.0.0.1:8080"));
  EXPECT_TRUE(is_own_origin("https://proxy.lan", "Proxy.lan"));
}

TEST(OwnOrigin, GivenAnotherHostOrPortOrNoneThenItIsNot) {
  for (const char* const other : {"http://evil.com", "http://127.0.0.1:3000", "http://127.0.0.1", "null", "", "http://",
                                  "ftp://127.0.0.1:8080", "127.0.0.1:8080"}) {
    EXPECT_FALSE(is_own_origin(other, "127.0.0.1:8080")) << other;
  }
  EXPECT_FALSE(is_own_origin("http://", ""));
}

}  // namespace
}  // namespace weir::detail::http
