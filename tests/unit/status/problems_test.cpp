#include "status/problems.hpp"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/utf8.hpp"

namespace weir::detail::status {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ARunWithErrors : public ::testing::Test {
 protected:
  ARunWithErrors() { run_.steps.push_back({.id = "hits", .op = "input"}); }

  void add(std::chrono::seconds at, std::string partition, std::string error) {
    run_.errors.push_back({.at = Time{at}, .step = 0, .partition = std::move(partition), .error = std::move(error)});
  }

  RunStatus run_;
};

TEST_F(ARunWithErrors, HasThemAmongWhatWasLoggedByTheirTimes) {
  run_.steps.push_back({.id = "parse", .op = "map"});
  run_.errors.push_back({.at = Time{4s}, .step = 1, .partition = {}, .error = "no number"});
  add(3s, "b.jsonl", "b.jsonl:7: no");
  add(1s, "device 4", "colder than -273 degrees");
  EXPECT_THAT(problems_of(run_, {{Time{0s}, "first"}, {Time{2s}, "second"}}),
              ElementsAre("first", R"(input "hits", partition "device 4": colder than -273 degrees)", "second",
                          R"(input "hits": b.jsonl:7: no)", R"(step "parse": no number)"));
}

TEST_F(ARunWithErrors, KeepsWhatWasLoggedInAFloodOfThem) {
  for (int at = 0; at < 100; ++at) {
    add(std::chrono::seconds{at}, "p", "p:" + std::to_string(at));
  }
  const auto problems = problems_of(run_, {{Time{0s}, "logged"}});
  ASSERT_THAT(problems, SizeIs(9));
  EXPECT_EQ(problems.front(), "logged");
  EXPECT_EQ(problems.back(), R"(input "hits": p:99)");
}

TEST_F(ARunWithErrors, ShortensLongTextsBetweenCharacters) {
  std::string umlauts;
  for (int i = 0; i < 5'000; ++i) {
    umlauts += "\xc3\xa4";
  }
  run_.steps[0].id += umlauts;
  add(0s, umlauts, "no");
  for (const std::string& problem : problems_of(run_, {{Time{0s}, umlauts}, {Time{0s}, "x" + umlauts}})) {
    EXPECT_LE(problem.size(), 1'003U);
    EXPECT_EQ(codec::valid_utf8(problem), problem.size());
  }
}

TEST(AShortenedText, HasAnEllipsisWhereItWasCut) {
  EXPECT_EQ(codec::shortened_utf8("abc", 3), "abc");
  EXPECT_EQ(codec::shortened_utf8("abcd", 3), "abc\xe2\x80\xa6");
  EXPECT_EQ(codec::shortened_utf8("ab\xf0\x9f\x98\x80", 5), "ab\xe2\x80\xa6");
  EXPECT_EQ(codec::shortened_utf8("", 0), "");
}

TEST(AShortenedText, OfNoCharactersIsNotEmptied) {
  EXPECT_EQ(codec::shortened_utf8(std::string(10, '\x80'), 5), std::string(5, '\x80') + "\xe2\x80\xa6");
}

}  // namespace
}  // namespace weir::detail::status
