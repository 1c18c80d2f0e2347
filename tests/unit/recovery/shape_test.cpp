#include "weir/detail/codec/shape.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "recovery/shape_json.hpp"
#include "weir/decode_error.hpp"
#include "weir/json_shape.hpp"
#include "weir/serialize.hpp"

namespace weir::detail::recovery {

struct Named {
  std::uint64_t count = 0;
  std::string note;
};
inline auto weir_fields(std::type_identity<Named> /*type*/) { return fields<Named>("count", "note"); }
constexpr std::uint32_t weir_version(std::type_identity<Named> /*type*/) { return 2; }

struct Tree {
  std::int8_t value = 0;
  std::vector<Tree> below;
};

enum class Colour : std::uint8_t { kRed = 1, kBlue = 2 };

namespace {

using codec::Shape;

template <typename T>
std::string round_trip(const T& value) {
  return json_of(Shape::of<T>(), detail::to_bytes(value));
}

TEST(Shapes, SayHowValuesAreWrittenAndNotWhatTypesAreCalled) {
  struct One {
    int a;
    std::string b;
  };
  struct Other {
    int c;
    std::string d;
  };
  EXPECT_EQ(Shape::of<One>(), "{i32, text8}");
  EXPECT_EQ(Shape::of<Other>(), Shape::of<One>());
  EXPECT_EQ(Shape::of<Named>(), "v2 {count: u64, note: text8}");
  EXPECT_EQ(Shape::of<Tree>(), "{i8, [^2]}");
  EXPECT_EQ((Shape::of<std::map<std::string, std::set<double>>>()), "[text8: [f64]]");
  EXPECT_EQ((Shape::of<std::pair<bool, std::optional<Colour>>>()), "(bool, ?enum u8)");
  EXPECT_EQ((Shape::of<std::variant<std::monostate, std::array<float, 2>>>()), "<{} | [f32]2>");
  EXPECT_EQ(Shape::of<std::chrono::milliseconds>(), "time 1/1000 i64");
}

TEST(Shapes, TellTheValuesThatHaveThem) {
  EXPECT_EQ(round_trip(Named{7, "a \"quote\""}), R"({"count":7,"note":"a \"quote\""})");
  EXPECT_EQ(round_trip(Tree{1, {{2, {}}, {-3, {{4, {}}}}}}), "[1,[[2,[]],[-3,[[4,[]]]]]]");
  EXPECT_EQ((round_trip(std::map<std::string, std::set<int>>{{"a", {1, 2}}, {"b", {}}})), R"([["a",[1,2]],["b",[]]])");
  EXPECT_EQ((round_trip(std::tuple{true, std::optional<Colour>{}, std::optional{Colour::kBlue}})), "[true,null,2]");
  using Choice = std::variant<std::monostate, std::uint8_t, std::vector<std::string>>;
  EXPECT_EQ((round_trip(std::vector<Choice>{{}, std::uint8_t{9}, std::vector<std::string>{"x"}})), R"([[],9,["x"]])");
  EXPECT_EQ((round_trip(std::array<std::int16_t, 3>{1, -2, 3})), "[1,-2,3]");
  EXPECT_EQ((round_trip(std::pair{std::chrono::milliseconds{5}, 0.5})), "[5,0.5]");
  EXPECT_EQ((round_trip(std::pair<std::string, std::string>{"\xff\x61", "a"})), R"([{"bytes":"ff61"},"a"])");
}

TEST(Shapes, RefuseBytesOfOtherShapes) {
  EXPECT_THROW(static_cast<void>(json_of("u64", "1234567")), DecodeError);
  EXPECT_THROW(static_cast<void>(json_of("u8", "12")), DecodeError);
  EXPECT_THROW(static_cast<void>(json_of("[u8]", std::string_view{"\xff\xff\xff\xff", 4})), DecodeError);
  EXPECT_THROW(static_cast<void>(json_of("nonsense", "1")), DecodeError);
}

}  // namespace
}  // namespace weir::detail::recovery
