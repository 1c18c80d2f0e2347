// A run that cannot have the threads, descriptors or memory that it wants ends with a sentence; it never hangs.

#include <string>

#include <gtest/gtest.h>

#include "faults/shell.hpp"
#include "temporary_folder.hpp"

namespace weir {
namespace {

class AProgramThatStarts : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    folder_.write("in", "one\ntwo\n");
    workers_ = " --workers " + std::to_string(GetParam());
  }

  int shell(const std::string& script) { return faults::shell(folder_, "exec 2>messages\n" + script); }

  TemporaryFolder folder_;
  std::string workers_;
};

// The threads of a run: signals, snapshots, workers, and the one for I/O.
TEST_P(AProgramThatStarts, WithoutAThreadSaysSo) {
  for (int refused = 1; refused <= 3 + GetParam(); ++refused) {
    const std::string with =
        "WEIR_REFUSED_THREAD=" + std::to_string(refused) + " timeout 30 copy_lines_short_of_threads";
    EXPECT_EQ(shell("rm -rf kept out; " + with + " --input in --output out --recovery kept" + workers_), 1) << refused;
    EXPECT_NE(folder_.read("messages").find("cannot be started"), std::string::npos) << folder_.read("messages");
  }
  EXPECT_EQ(shell("timeout 30 copy_lines_short_of_threads --input in --output out --recovery kept" + workers_), 0);
  EXPECT_EQ(folder_.read("out"), "one\ntwo\n");
}

// Any number of descriptors is enough, or too few, which is said. Below 5 there is none for the pipe of the script; so
// those that it was started with are closed.
TEST_P(AProgramThatStarts, WithoutADescriptorSaysSo) {
  constexpr const char* kScript = R"sh(for open in {3..20}; do eval "exec $open>&-"; done
for limit in {5..40}; do
  (ulimit -n $limit; cat in | timeout 30 copy_lines --input in --input - --output out --recovery kept $workers 2>said)
  code=$?
  case $code in
    0) ;;
    1 | 2 | 4 | 6) [[ -s said ]] || { echo "$limit descriptors: silent"; exit 99; } ;;
    *) echo "$limit descriptors: $code $(<said)"; exit 99 ;;
  esac
done >failures)sh";
  EXPECT_EQ(shell("workers='" + workers_ + "'\n" + kScript), 0) << folder_.read("failures");
}

TEST(AProgramThatStartsPinned, RunsWithAWarningWhereTheSystemRefusesACore) {
  const TemporaryFolder folder;
  folder.write("in", "one\ntwo\n");
  EXPECT_EQ(faults::shell(folder,
                          "WEIR_REFUSED_CORES=1 timeout 30 copy_lines_short_of_threads --pin --workers 1 "
                          "--input in --output out 2>messages"),
            0);
  EXPECT_EQ(folder.read("out"), "one\ntwo\n");
  const std::string messages = folder.read("messages");
  EXPECT_NE(messages.find("[warning] worker 0 of 1 is not pinned: core "), std::string::npos) << messages;
  EXPECT_NE(messages.find(": Operation not permitted\n"), std::string::npos) << messages;
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, AProgramThatStarts, ::testing::Values(1, 2, 6));

}  // namespace
}  // namespace weir
