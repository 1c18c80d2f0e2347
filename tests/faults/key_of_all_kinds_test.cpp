// A key that is made of all kinds that weir::Key allows works in keyed steps.

#include <cstddef>

#include <gtest/gtest.h>

#include "faults/keyed_steps.hpp"

namespace weir {
namespace {

TEST(AKeyOfAllKinds, WorksInKeyedSteps) {
  for (const std::size_t workers : {std::size_t{1}, std::size_t{2}}) {
    faults::KeyedSteps<faults::AllKinds> steps{workers};
    steps.add_two();
    steps.add_the_others();
    steps.check();
  }
}

}  // namespace
}  // namespace weir
