// An output file that somebody else changes while a run writes it.

#include <cstddef>
#include <exception>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>

#include "faults/comes_true.hpp"
#include "temporary_folder.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using ::testing::HasSubstr;

class AnOutputFile : public ::testing::TestWithParam<std::size_t> {
 protected:
  /// Writes "first" to the file, then does `change`, then writes "second".
  /// @return  why the run failed; "" if it did not
  template <typename Change>
  std::string run_with(Change change, bool recovery) {
    Dataflow flow{"changed"};
    QueueSource<std::string> lines;
    flow.input("in", lines) | op::output("out", TextFile{path()});
    RunOptions options;
    options.workers = GetParam();
    options.epoch_items = 1;
    if (recovery) {
      options.recovery = folder_.path("recovery");
    }
    try {
      RunHandle handle = start(flow, options);
      lines.push("first");
      EXPECT_TRUE(faults::comes_true([&] { return folder_.read("out") == "first\n"; }));
      change();
      lines.push("second");
      lines.close();
      handle.wait();
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  }

  [[nodiscard]] std::string path() const { return folder_.path("out"); }
  [[nodiscard]] std::string content() const { return folder_.read("out"); }
  void empty() const { std::filesystem::resize_file(path(), 0); }
  void remove() const { std::filesystem::remove(path()); }

 private:
  TemporaryFolder folder_;
};

TEST_P(AnOutputFile, ThatIsEmptiedEndsARunWithRecovery) {
  EXPECT_THAT(run_with([this] { empty(); }, true),
              HasSubstr("out\" has 0 bytes, and 6 of it were committed: it was changed while it was written"));
  EXPECT_EQ(content(), "");
  EXPECT_THAT(run_with([] {}, true), HasSubstr("not as the last run left it"));
}

TEST_P(AnOutputFile, ThatIsRemovedEndsARun) {
  for (const bool recovery : {false, true}) {
    EXPECT_THAT(run_with([this] { remove(); }, recovery), HasSubstr("was removed while it was written"));
  }
}

TEST_P(AnOutputFile, ThatIsEmptiedGoesOnFromItsBeginningWithoutRecovery) {
  EXPECT_EQ(run_with([this] { empty(); }, false), "");
  EXPECT_EQ(content(), "second\n");
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, AnOutputFile, ::testing::Values(1, 2, 4));

}  // namespace
}  // namespace weir
