// One process for all tests, since a broker takes seconds to start. Its exit code is 77 where tests were skipped
// because there is no broker.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

int main(int argc, char** argv) {
  ::testing::InitGoogleMock(&argc, argv);
  const int failed = RUN_ALL_TESTS();
  return failed == 0 && ::testing::UnitTest::GetInstance()->skipped_test_count() > 0 ? 77 : failed;
}
