#include "weir/serialize.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <boost/container/flat_map.hpp>
#include <cereal/types/map.hpp>  // programs may have cereal's own code for the same types
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>

#include "interleaving/test_scale.hpp"
#include "unit/codec/rich_value.hpp"

namespace weir {
namespace {

using detail::from_bytes;
using detail::to_bytes;
using rich::Label;
using rich::Point;
using rich::Tree;

struct Nested {
  std::string name;
  std::vector<Point> points;
  std::optional<std::string> note;
  std::variant<std::monostate, Point, std::string> any;
  bool flag;
  bool operator==(const Nested&) const = default;
};

struct Empty {
  bool operator==(const Empty&) const = default;
};

struct Gaps {  // between its fields in memory
  std::uint8_t small;
  std::uint64_t large;
  bool operator==(const Gaps&) const = default;
};

enum class Sign : std::int8_t { kMinus = -1, kPlus = 1 };

template <typename T>
void expect_round_trip(const T& value) {
  EXPECT_EQ(from_bytes<T>(to_bytes(value)), value);
}

/// A tree of one branch.
Tree deep_tree(int levels) {
  Tree tree{"leaf", {}};
  for (int level = 1; level < levels; ++level) {
    std::vector<Tree> children;
    children.push_back(std::move(tree));
    tree = Tree{"", std::move(children)};
  }
  return tree;
}

TEST(AValue, ComesBackAsItWas) {
  expect_round_trip(std::uint64_t{1} << 63);
  expect_round_trip(-1.5);
  expect_round_trip(true);
  expect_round_trip(Sign::kMinus);
  expect_round_trip(std::array<int, 3>{1, 2, 3});
  expect_round_trip(std::array<std::string, 2>{"a", "b"});
  expect_round_trip(std::array<int, 0>{});
  expect_round_trip(std::pair<std::string, Gaps>{"a", {1, 2}});
  expect_round_trip(std::tuple<int, std::string, std::tuple<>>{1, "a", {}});
  expect_round_trip(std::optional<std::optional<int>>{std::optional<int>{}});
  expect_round_trip(std::chrono::seconds{5});
  expect_round_trip(std::chrono::duration<double>{0.5});
  expect_round_trip(std::chrono::system_clock::time_point{std::chrono::hours{1}});
}

TEST(Text, OfEveryLengthComesBackAsItWas) {
  std::string text;
  for (int length = 0; length < 100; ++length) {
    expect_round_trip(text);
    text += static_cast<char>('!' + length);
  }
  expect_round_trip(std::string(1'000'000, 'x'));
  expect_round_trip(std::u16string{u"weir"});
}

TEST(AContainer, ComesBackAsItWas) {
  expect_round_trip(std::vector<std::string>{"a", "", "ccc"});
  expect_round_trip(std::vector<bool>{true, false, true});
  expect_round_trip(std::vector<double>{});
  expect_round_trip(std::vector<Gaps>{{1, 2}, {3, 4}});
  expect_round_trip(std::vector<std::array<float, 2>>{{1, 2}, {3, 4}});
  expect_round_trip(std::vector<Empty>(5));
  expect_round_trip(std::deque<Point>{{1, 2}});
  expect_round_trip(std::list<std::string>{"a", "b"});
  expect_round_trip(std::set<std::pair<int, int>>{{1, 2}});
  expect_round_trip(std::multiset<int>{1, 1, 2});
  expect_round_trip(std::unordered_set<std::string>{"a", "b"});
  expect_round_trip(std::map<std::string, std::vector<int>>{{"a", {1}}, {"b", {}}});
  expect_round_trip(std::map<int, int, std::greater<>>{{1, 1}, {2, 2}});
  expect_round_trip(std::multimap<int, std::string>{{1, "a"}, {1, "b"}});
  expect_round_trip(std::unordered_map<int, std::string>{{1, "a"}});
  expect_round_trip(boost::container::flat_map<int, std::string>{{1, "a"}});
}

TEST(AContainer, HasOneFormatWhetherOrNotCerealsHeaderForItIsIncluded) {
  static_assert(
      std::is_base_of_v<detail::codec::FilledCodec<std::map<int, int>>, detail::codec::Codec<std::map<int, int>>>);
  EXPECT_EQ(to_bytes(std::vector<std::uint16_t>{1, 2}), std::string("\2\0\0\0\1\0\2\0", 8));
  EXPECT_EQ(to_bytes(std::map<std::uint8_t, std::string>{{1, "x"}}), std::string("\1\0\0\0\1\1\0\0\0x", 10));
}

TEST(APlainStruct, ComesBackAsItWas) {
  expect_round_trip(Point{1, -2});
  expect_round_trip(Gaps{1, 2});
  expect_round_trip(Nested{"n", {{1, 2}, {3, 4}}, "note", Point{5, 6}, true});
  expect_round_trip(Nested{});
}

TEST(APlainStruct, TakesNoBytesForItsGaps) {
  EXPECT_EQ(to_bytes(Gaps{1, 2}).size(), 9U);
  EXPECT_EQ(to_bytes(Point{1, 2}).size(), 8U);
}

TEST(APlainStruct, MayBeDeclaredInAFunctionAndHoldOthersThatAre) {
  struct Inner {
    int number = 0;
    bool operator==(const Inner&) const = default;
  };
  struct Outer {
    std::optional<Inner> perhaps;
    std::vector<Inner> several;
    std::variant<std::monostate, Inner> either;
    bool operator==(const Outer&) const = default;
  };
  expect_round_trip(Outer{Inner{1}, {Inner{2}, Inner{3}}, Inner{4}});
}

TEST(ATree, ComesBackAsItWasUpToTheDeepestLevel) { expect_round_trip(deep_tree(detail::codec::kMaxDepth)); }

TEST(ATree, ThatIsTooDeepForItsReceiverIsRefusedByItsSender) {
  detail::codec::ByteBuffer buffer{16};
  detail::codec::OutputArchive out;
  out.attach(buffer);
  EXPECT_THROW(detail::encode(out, deep_tree(detail::codec::kMaxDepth + 1)), std::length_error);
  EXPECT_EQ(buffer.used, 0U);
  out.attach(buffer);
  EXPECT_NO_THROW(detail::encode(out, deep_tree(detail::codec::kMaxDepth)));
}

TEST(AValueMadeByChance, ComesBackAsItWas) {
  rich::RichMaker make{1};
  detail::codec::ByteBuffer buffer{1024};
  detail::codec::OutputArchive out;
  detail::codec::InputArchive in;
  for (std::uint64_t left = interleaving::scaled(100'000); left > 0; --left) {
    const rich::Rich value = make();
    buffer.clear();
    out.attach(buffer);
    detail::encode(out, value);
    out.commit();
    in.attach(buffer.data(), buffer.data() + buffer.used);
    rich::Rich back;
    detail::decode(in, back);
    ASSERT_EQ(in.remaining(), 0U);
    ASSERT_TRUE(back == value) << "with " << left << " values left";
  }
}

TEST(AnArchive, WritesValuesOneBehindTheOtherAndGrows) {
  detail::codec::ByteBuffer buffer{16};
  detail::codec::OutputArchive out;
  for (int n = 0; n < 100; ++n) {
    out.attach(buffer);
    detail::encode(out, std::to_string(n));
    out.commit();
  }
  detail::codec::InputArchive in;
  in.attach(buffer.data(), buffer.data() + buffer.used);
  for (int n = 0; n < 100; ++n) {
    std::string text;
    detail::decode(in, text);
    EXPECT_EQ(text, std::to_string(n));
  }
  EXPECT_EQ(in.remaining(), 0U);
}

TEST(AnArchive, ForgetsWhatIsNotCommitted) {
  detail::codec::ByteBuffer buffer{16};
  detail::codec::OutputArchive out;
  out.attach(buffer);
  detail::encode(out, std::string(100, 'x'));
  EXPECT_EQ(buffer.used, 0U);
}

struct OfPointer {
  int* to;
};
struct OfConst {
  const int number = 0;
};
struct OfArray {
  std::string name;
  int numbers[4];
};
struct OfOneElementArray {
  int numbers[1];
};
struct Derived : Point {
  int z;
};
struct OfFunction {
  std::function<void()> call;
};
struct Polymorphic {
  virtual ~Polymorphic() = default;
  template <typename Archive>
  void serialize(Archive& /*archive*/) {}
};
union Either {
  int number;
  float real;
};
struct OfUnion {
  Either either;
};
class WithoutDefault {
 public:
  explicit WithoutDefault(int number) : number_{number} {}
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(number_);
  }

 private:
  int number_;
};

TEST(Serializable, LooksIntoTypes) {
  static_assert(serializable<Nested> && serializable<rich::Rich> && serializable<Tree>);
  static_assert(serializable<std::vector<std::pair<std::string, Label>>>);
  static_assert(!serializable<std::shared_ptr<int>> && !serializable<std::map<int, std::shared_ptr<int>>>);
  static_assert(!serializable<std::vector<std::unique_ptr<int>>> && !serializable<std::optional<int*>>);
  static_assert(!serializable<int*> && !serializable<int&> && !serializable<int[2]> && !serializable<void>);
  static_assert(!serializable<OfPointer> && !serializable<OfConst> && !serializable<OfFunction>);
  static_assert(!serializable<OfArray> && !serializable<OfOneElementArray> && !serializable<Derived>);
  static_assert(!serializable<Either> && !serializable<OfUnion> && !serializable<Polymorphic>);
  static_assert(!serializable<WithoutDefault> && !serializable<std::vector<WithoutDefault>>);
  static_assert(!serializable<std::string_view>);
}

}  // namespace
}  // namespace weir
