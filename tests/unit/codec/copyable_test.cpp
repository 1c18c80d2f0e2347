#include "weir/copyable.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

struct Box {
  std::unique_ptr<int> content;
};

struct Boxes {
  std::string name;
  std::vector<Box> boxes;
};

struct Plain {
  std::string text;
  std::vector<int> numbers;
};

struct Tree {
  int value;
  std::vector<Tree> children;
};

struct TreeOfBoxes {
  std::vector<std::unique_ptr<int>> content;
  std::vector<TreeOfBoxes> children;
};

struct Empty {};

struct Derived : Plain {
  int more;
};

struct WithArray {
  std::string name;
  int numbers[4];
};

struct WithSmallArray {
  std::string texts[1];
};

struct WithBitFields {
  unsigned low : 3;
  unsigned high : 5;
};

struct WithAnonymousUnion {
  int kind;
  union {
    int number;
    float real;
  };
};

struct WithReference {
  std::string& text;
};

struct Everything {
  int* pointer;
  std::shared_ptr<int> shared;
  std::function<void()> call;
  std::map<std::string, std::optional<std::variant<int, std::string>>> map;
  std::chrono::seconds seconds;
  std::tuple<int, std::array<std::string, 2>> tuple;
  std::set<std::string> set;
};

class Opaque {
 public:
  explicit Opaque(int number) : number_{number} {}
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

struct OfOpaque {
  Opaque opaque;
  std::vector<std::unique_ptr<int>> boxes;
};

/// As many fields as can be listed, and one more.
struct Hundred {
  struct Ten {
    int a, b, c, d, e, f, g, h, i, j;
  };
  Ten a, b, c, d, e, f, g, h, i, j;
};

TEST(Copyable, LooksIntoTypes) {
  static_assert(copyable<int> && copyable<Plain> && copyable<std::map<int, Plain>> && copyable<const Plain>);
  static_assert(!copyable<std::unique_ptr<int>> && !copyable<std::atomic<int>>);
  static_assert(!copyable<std::vector<std::unique_ptr<int>>>);
  static_assert(!copyable<std::pair<int, std::vector<std::unique_ptr<int>>>>);
  static_assert(!copyable<std::tuple<int, std::map<int, std::unique_ptr<int>>>>);
  static_assert(!copyable<std::optional<std::vector<std::unique_ptr<int>>>>);
  static_assert(!copyable<std::array<std::vector<Box>, 2>>);
  static_assert(!copyable<Box> && !copyable<Boxes>);
  static_assert(!copyable<std::variant<int, std::vector<Box>>>);
}

TEST(Copyable, LooksIntoTypesThatHoldThemselves) {
  static_assert(copyable<Tree> && copyable<std::vector<Tree>>);
  static_assert(!copyable<TreeOfBoxes>);
}

TEST(Copyable, TakesTheWordOfTypesThatItCannotLookInto) {
  static_assert(copyable<Opaque> && copyable<Derived> && copyable<std::filesystem::path>);
  static_assert(copyable<WithArray> && copyable<WithSmallArray> && copyable<WithReference>);
  static_assert(copyable<WithBitFields> && copyable<WithAnonymousUnion>);
  static_assert(copyable<void (*)()> && copyable<std::shared_ptr<std::unique_ptr<int>>>);
}

TEST(Copyable, LooksIntoFieldsOfAllKinds) {
  static_assert(copyable<Empty> && copyable<Everything> && copyable<Hundred>);
  static_assert(!copyable<OfOpaque>);
}

}  // namespace
}  // namespace weir
