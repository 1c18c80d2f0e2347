#include <string>

#include <gtest/gtest.h>

#include "faults/shell.hpp"
#include "temporary_folder.hpp"

namespace weir {
namespace {

TEST(AProgram, CopiesLines) {
  const TemporaryFolder folder;
  folder.write("in", "one\ntwo\n");
  EXPECT_EQ(faults::shell(folder, "copy_lines --input in --output out 2>messages"), 0) << folder.read("messages");
  EXPECT_EQ(folder.read("out"), "one\ntwo\n");
}

}  // namespace
}  // namespace weir
