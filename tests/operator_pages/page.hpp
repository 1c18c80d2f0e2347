#pragma once

// What the examples of docs/operators may use without saying so.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <map>
#include <numeric>
#include <optional>
#include <ranges>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "weir/weir.hpp"

namespace weir {

/// A file that a page's example reads.
struct PageFile {
  std::string name;
  std::string content;
};

/// Runs the example of docs/operators/`page`.md at every worker count, in a folder with these files, and expects it to
/// print these lines, in any order.
/// @param example  gives the dataflow its steps
void expect_output(const std::string& page, void (*example)(Dataflow& flow), const std::vector<PageFile>& files,
                   const std::string& lines);

}  // namespace weir
