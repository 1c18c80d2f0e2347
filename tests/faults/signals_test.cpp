// SIGINT and SIGTERM end a program at any time, whatever it is busy with.

#include <string>

#include <gtest/gtest.h>

#include "faults/shell.hpp"
#include "temporary_folder.hpp"

namespace weir {
namespace {

// What the scripts share. Every wait is bounded; a program that does not end is killed, which shows as 137.
constexpr const char* kFunctions = R"(
until_true() { for _ in {1..600}; do "$@" && return; sleep 0.05; done; echo "never: $*" >>messages; exit 99; }
hears() { (( (0x$(sed -n 's/^SigCgt:\t*//p' /proc/$1/status 2>/dev/null || echo 0) >> 14) & 1 )); }
ends() { ! kill -0 "$1" 2>/dev/null; }
end_of() {
  for ((tries = $2 * 50; tries > 0; --tries)); do ends "$1" && break; sleep 0.02; done
  kill -KILL "$1" 2>/dev/null; wait "$1"; code=$?
}
)";

class SignalsToAProgram : public ::testing::TestWithParam<int> {
 protected:
  int script(const std::string& text) {
    const int code = faults::shell(folder_, "exec 2>>messages\n" + std::string{kFunctions} +
                                                "workers=" + std::to_string(GetParam()) + "\n" + text);
    EXPECT_EQ(folder_.read("messages").find("never:"), std::string::npos) << folder_.read("messages");
    return code;
  }

  TemporaryFolder folder_;
};

TEST_P(SignalsToAProgram, EndItWhileItIsBuiltOrOpened) {
  for (const std::string where : {"build", "open"}) {
    EXPECT_EQ(script("rm -f hangs; stubborn --workers $workers --where " + where + R"( & p=$!
      until_true test -s hangs; kill -TERM $p; end_of $p 20; exit $code)"),
              3)
        << where << folder_.read("messages");
  }
}

TEST_P(SignalsToAProgram, EndItWhereAStepNeverReturns) {
  EXPECT_EQ(script(R"(rm -f hangs; stubborn --workers $workers --where step & p=$!
    until_true test -s hangs; kill -INT $p; sleep 0.3; kill -INT $p; end_of $p 20; exit $code)"),
            3)
      << folder_.read("messages");
  EXPECT_EQ(script(R"(rm -f hangs; stubborn --workers $workers --where step --drain-timeout 1 & p=$!
    until_true test -s hangs; kill -TERM $p; end_of $p 20; exit $code)"),
            3)
      << folder_.read("messages");
}

TEST_P(SignalsToAProgram, EndItWhileItsPartitionsAreClosed) {
  EXPECT_EQ(script(R"(rm -f hangs; stubborn --workers $workers --where close & p=$!
    until_true test -s hangs; kill -TERM $p; end_of $p 20; exit $code)"),
            0)
      << folder_.read("messages");
}

// The thread sanitizer holds a signal back until the call returns that its thread is in.
constexpr bool hears_in_any_call() {
#ifdef __has_feature
  return !__has_feature(thread_sanitizer);
#else
  return true;
#endif
}

TEST_P(SignalsToAProgram, EndItWhileNobodyReadsItsPipe) {
  if (!hears_in_any_call()) {
    GTEST_SKIP() << "the thread sanitizer holds signals back";
  }
  folder_.write("in", "one\n");
  const int code = script(R"(mkfifo pipe; copy_lines --workers $workers --input in --output pipe & p=$!
    until_true hears $p; kill -TERM $p; end_of $p 20; exit $code)");
  EXPECT_TRUE(code == 0 || code == 3) << code << folder_.read("messages");
}

TEST_P(SignalsToAProgram, EndItWhileTheReaderOfItsPipeSleeps) {
  EXPECT_EQ(script(R"(seq 200000 >in; mkfifo pipe; sleep 60 <pipe & reader=$!
    copy_lines --workers $workers --input in --output pipe & p=$!
    until_true hears $p; sleep 0.3; kill -TERM $p; sleep 0.1; kill -TERM $p; end_of $p 20; kill $reader; exit $code)"),
            3)
      << folder_.read("messages");
}

TEST_P(SignalsToAProgram, EndItInAnyMomentOfItsLife) {
  EXPECT_EQ(script(R"(seq 200 >in
    for try in {1..20}; do
      copy_lines --workers $workers --input in --output out --recovery kept & p=$!
      sleep 0.00$((RANDOM % 10)); kill -TERM $p; end_of $p 20
      case $code in 0 | 143) ;; *) exit "$code" ;; esac  # 143: before main began
    done)"),
            0)
      << folder_.read("messages");
  EXPECT_EQ(script("copy_lines --workers $workers --input in --output out --recovery kept && cmp in out"), 0);
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, SignalsToAProgram, ::testing::Values(1, 2));

}  // namespace
}  // namespace weir
