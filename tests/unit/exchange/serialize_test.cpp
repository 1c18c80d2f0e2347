#include "weir/serialize.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace versioned {

class Versioned {
 public:
  Versioned() = default;
  explicit Versioned(int number) : number_{number} {}
  template <typename Archive>
  void serialize(Archive& archive, std::uint32_t version) {
    EXPECT_EQ(version, 3U);
    archive(number_);
  }
  bool operator==(const Versioned&) const = default;

 private:
  int number_ = 0;
};

}  // namespace versioned

CEREAL_CLASS_VERSION(versioned::Versioned, 3)

namespace weir {
namespace {

using detail::from_bytes;
using detail::to_bytes;
using versioned::Versioned;

struct Point {
  std::int32_t x;
  std::int32_t y;
  bool operator==(const Point&) const = default;
};

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

class WithMember {
 public:
  WithMember() = default;
  explicit WithMember(std::string text) : text_{std::move(text)} {}
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(text_, CEREAL_NVP(number_));
  }
  bool operator==(const WithMember&) const = default;

 private:
  std::string text_;
  int number_ = 7;
};

class Silent {
 public:
  Silent() {}  // NOLINT: an own constructor, so that it is no aggregate
  template <typename Archive>
  void serialize(Archive& /*archive*/) {}
  bool operator==(const Silent&) const { return true; }
};

template <typename T>
void expect_round_trip(const T& value) {
  EXPECT_EQ(from_bytes<T>(to_bytes(value)), value);
}

TEST(AValue, ComesBackAsItWas) {
  expect_round_trip(std::uint64_t{1} << 63);
  expect_round_trip(-1.5);
  expect_round_trip(true);
  expect_round_trip(std::string{});
  expect_round_trip(std::string(1'000'000, 'x'));
  expect_round_trip(std::u16string{u"weir"});
  expect_round_trip(std::vector<std::string>{"a", "", "ccc"});
  expect_round_trip(std::vector<bool>{true, false, true});
  expect_round_trip(std::array<int, 3>{1, 2, 3});
  expect_round_trip(std::deque<Point>{{1, 2}});
  expect_round_trip(std::map<std::string, std::vector<int>>{{"a", {1}}, {"b", {}}});
  expect_round_trip(std::unordered_map<int, std::string>{{1, "a"}});
  expect_round_trip(std::set<std::pair<int, int>>{{1, 2}});
  expect_round_trip(std::tuple<int, std::string, std::tuple<>>{1, "a", {}});
  expect_round_trip(std::chrono::seconds{5});
  expect_round_trip(std::chrono::system_clock::time_point{std::chrono::hours{1}});
  expect_round_trip(Point{1, -2});
  expect_round_trip(Nested{"n", {{1, 2}, {3, 4}}, "note", Point{5, 6}, true});
  expect_round_trip(Nested{});
  expect_round_trip(std::vector<Empty>(5));
}

TEST(AValueWithCerealsFunctions, ComesBackAsItWas) {
  expect_round_trip(WithMember{"text"});
  expect_round_trip(std::vector<WithMember>{WithMember{"a"}, WithMember{"b"}});
  expect_round_trip(std::vector<Versioned>{Versioned{1}, Versioned{2}});
  expect_round_trip(std::vector<Silent>(3));
}

TEST(AnArchive, WritesValuesOneBehindTheOtherAndGrows) {
  detail::ByteBuffer buffer{16};
  detail::OutputArchive out;
  for (int n = 0; n < 100; ++n) {
    out.attach(buffer);
    detail::encode(out, std::to_string(n));
    out.commit();
  }
  detail::InputArchive in;
  in.attach(buffer.data(), buffer.data() + buffer.used);
  for (int n = 0; n < 100; ++n) {
    std::string text;
    detail::decode(in, text);
    EXPECT_EQ(text, std::to_string(n));
  }
  EXPECT_EQ(in.remaining(), 0U);
}

TEST(AnArchive, ForgetsWhatIsNotCommitted) {
  detail::ByteBuffer buffer{16};
  detail::OutputArchive out;
  out.attach(buffer);
  detail::encode(out, std::string(100, 'x'));
  EXPECT_EQ(buffer.used, 0U);
}

TEST(Bytes, ThatAreCutShortAreRefusedWhereverTheyEnd) {
  const std::string bytes = to_bytes(Nested{"name", {{1, 2}}, "note", std::string{"text"}, true});
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_THROW(from_bytes<Nested>(std::string_view{bytes}.substr(0, length)), DecodeError) << length;
  }
  EXPECT_THROW(from_bytes<Nested>(bytes + "x"), DecodeError);
}

TEST(Bytes, ThatAreDamagedGiveAValueOrAnErrorAndNothingWorse) {
  const std::string bytes = to_bytes(Nested{"name", {{1, 2}}, "note", std::string{"text"}, true});
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(value);
      try {
        static_cast<void>(from_bytes<Nested>(damaged));
      } catch (const DecodeError&) {  // as good as a value
      }
    }
  }
}

TEST(Bytes, WithALengthBeyondTheirEndAreRefusedBeforeAnythingIsAllocated) {
  const std::string huge = "\xff\xff\xff\xff" + std::string(7, 'x');
  EXPECT_THROW(from_bytes<std::string>(huge), DecodeError);
  EXPECT_THROW((from_bytes<std::vector<std::uint64_t>>(huge)), DecodeError);
  EXPECT_THROW((from_bytes<std::vector<Empty>>(huge)), DecodeError);
  EXPECT_THROW((from_bytes<std::map<std::string, int>>(huge)), DecodeError);
  EXPECT_THROW((from_bytes<std::vector<Silent>>(huge)), DecodeError);
}

TEST(Bytes, WithAnUnknownAlternativeOrTruthValueAreRefused) {
  EXPECT_THROW((from_bytes<std::variant<int, char>>(std::string{"\x02\x00", 2})), DecodeError);
  EXPECT_THROW(from_bytes<bool>("\x02"), DecodeError);
}

TEST(Serializable, LooksIntoTypes) {
  static_assert(serializable<Nested>);
  static_assert(serializable<std::vector<std::pair<std::string, WithMember>>>);
  static_assert(!serializable<std::shared_ptr<int>>);
  static_assert(!serializable<std::vector<std::unique_ptr<int>>>);
  static_assert(!serializable<int*>);
  struct Pointing {
    int* to;
  };
  static_assert(!serializable<Pointing>);
}

}  // namespace
}  // namespace weir
