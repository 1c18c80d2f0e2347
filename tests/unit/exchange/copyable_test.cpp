#include "weir/copyable.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

struct Box {
  std::unique_ptr<int> content;
};

struct Plain {
  std::string text;
  std::vector<int> numbers;
};

TEST(Copyable, LooksIntoTypes) {
  static_assert(copyable<int> && copyable<Plain> && copyable<std::map<int, Plain>>);
  static_assert(!copyable<std::unique_ptr<int>>);
  static_assert(!copyable<std::vector<std::unique_ptr<int>>>);
  static_assert(!copyable<std::pair<int, std::vector<std::unique_ptr<int>>>>);
  static_assert(!copyable<std::optional<std::vector<std::unique_ptr<int>>>>);
  static_assert(!copyable<Box>);
  static_assert(!copyable<std::variant<int, std::vector<Box>>>);
}

}  // namespace
}  // namespace weir
