#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "interleaving/test_scale.hpp"
#include "unit/codec/rich_value.hpp"
#include "weir/serialize.hpp"

namespace weir {
namespace {

using detail::from_bytes;
using detail::to_bytes;

/// Remembers the largest block that anyone asked of it.
struct Largest {
  static inline std::size_t bytes = 0;
};

template <typename T>
struct WatchedAllocator {
  using value_type = T;
  WatchedAllocator() = default;
  template <typename Other>
  WatchedAllocator(const WatchedAllocator<Other>& /*other*/) {}  // NOLINT(google-explicit-constructor): as std's
  T* allocate(std::size_t count) {
    Largest::bytes = std::max(Largest::bytes, count * sizeof(T));
    return std::allocator<T>{}.allocate(count);
  }
  void deallocate(T* block, std::size_t count) { std::allocator<T>{}.deallocate(block, count); }
  bool operator==(const WatchedAllocator& /*other*/) const { return true; }
};

template <typename T>
using WatchedVector = std::vector<T, WatchedAllocator<T>>;
using WatchedText = std::basic_string<char, std::char_traits<char>, WatchedAllocator<char>>;

struct Empty {};

struct Padded {
  std::uint8_t small;
  std::array<std::uint64_t, 4> large;
};

/// Decodes, and sees that neither a value nor an error cost more memory than the bytes are good for. A deque begins
/// with 512 bytes, whatever it holds.
/// @return whether there was a value
template <typename T>
bool decodes(std::string_view bytes, std::size_t most_times = 16) {
  Largest::bytes = 0;
  bool decoded = true;
  try {
    static_cast<void>(from_bytes<T>(bytes));
  } catch (const DecodeError&) {
    decoded = false;
  }
  EXPECT_LE(Largest::bytes, bytes.size() * most_times + 512) << bytes.size() << " bytes";
  return decoded;
}

template <typename T>
void expect_refused_wherever_it_ends(const T& value) {
  const std::string bytes = to_bytes(value);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    // Its own allocation, so that a sanitizer sees who reads behind the end.
    const std::vector<char> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_FALSE(decodes<T>({cut.data(), cut.size()})) << length << " of " << bytes.size() << " bytes";
  }
  EXPECT_FALSE(decodes<T>(bytes + '\0')) << "a byte too many";
  EXPECT_TRUE(decodes<T>(bytes));
}

template <typename T>
void expect_no_harm_by_any_byte(const T& value) {
  const std::string bytes = to_bytes(value);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int changed = 0; changed < 256; ++changed) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(changed);
      decodes<T>(damaged);
    }
  }
}

/// Each of them the start of something large.
template <typename T>
void expect_no_harm_by_eleven_bytes() {
  std::mt19937_64 random{11};
  for (const std::uint32_t length :
       {1U, 2U, 7U, 8U, 0xFFU, 0x1000'0000U, 0x3FFF'FFFFU, 0x7FFF'FFFFU, 0x8000'0000U, 0xFFFF'FFFEU, 0xFFFF'FFFFU}) {
    for (std::size_t at = 0; at + sizeof(length) <= 11; ++at) {
      for (const char fill : {'\0', '\1', '\xff'}) {
        std::string bytes(11, fill);
        std::memcpy(bytes.data() + at, &length, sizeof(length));
        decodes<T>(bytes);
      }
    }
  }
  for (std::uint64_t left = interleaving::scaled(10'000); left > 0; --left) {
    std::string bytes(11, '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(random() >> (random() % 64));
    }
    decodes<T>(bytes);
  }
}

template <typename T>
class BytesOf : public ::testing::Test {};

using Types = ::testing::Types<
    WatchedText, WatchedVector<std::uint8_t>, WatchedVector<std::uint64_t>, WatchedVector<bool>, WatchedVector<Empty>,
    WatchedVector<Padded>, WatchedVector<WatchedText>, WatchedVector<WatchedVector<WatchedText>>,
    WatchedVector<std::variant<std::monostate, WatchedText>>, WatchedVector<std::optional<bool>>,
    std::deque<int, WatchedAllocator<int>>, std::list<WatchedText, WatchedAllocator<WatchedText>>,
    std::set<int, std::less<>, WatchedAllocator<int>>, std::map<WatchedText, WatchedVector<int>>,
    std::unordered_map<int, WatchedText, std::hash<int>, std::equal_to<>,
                       WatchedAllocator<std::pair<const int, WatchedText>>>,
    std::variant<int, WatchedText>, std::optional<WatchedVector<rich::Point>>, std::array<WatchedText, 2>,
    std::pair<bool, WatchedVector<rich::Label>>, WatchedVector<rich::Tree>, rich::Rich>;
TYPED_TEST_SUITE(BytesOf, Types);

TYPED_TEST(BytesOf, ElevenHostileBytesAreRefusedOrAValueAndTakeNoMoreMemoryThanTheyAreGoodFor) {
  expect_no_harm_by_eleven_bytes<TypeParam>();
}

class Bytes : public ::testing::Test {
 protected:
  const rich::Rich rich_{
      .last = rich::Found{1, {"item"}},
      .events = {rich::Opened{2}, rich::Label{"l", true}, std::monostate{}},
      .labels = {{"a", {1, rich::Label{"b", false}}}, {"c", {2, std::nullopt}}},
      .names = {{3, "n"}},
      .lines = {{{1, 2}, {3, 4}}, {}},
      .numbers = {-1, 1},
      .bits = {{true, false}},
      .sizes = {1, 2, 3},
      .rest = {true, 'x', std::chrono::milliseconds{4}},
      .tree = {"t", {{"u", {}}}},
  };
};

TEST_F(Bytes, ThatAreCutShortAreRefusedWhereverTheyEnd) {
  expect_refused_wherever_it_ends(rich_);
  expect_refused_wherever_it_ends(std::uint64_t{1});
  expect_refused_wherever_it_ends(std::string{"a text that is too long for the text object itself"});
  expect_refused_wherever_it_ends(std::vector<std::string>{"a", "bb", ""});
  expect_refused_wherever_it_ends(std::vector<rich::Point>{{1, 2}, {3, 4}});
  expect_refused_wherever_it_ends(std::vector<Empty>(3));
  expect_refused_wherever_it_ends(std::map<std::string, bool>{{"a", true}});
}

TEST_F(Bytes, ThatAreDamagedGiveAValueOrAnErrorAndNothingWorse) {
  expect_no_harm_by_any_byte(rich_);
  expect_no_harm_by_any_byte(WatchedVector<WatchedText>{"a", "bb", ""});
  expect_no_harm_by_any_byte(WatchedVector<std::uint32_t>{1, 2});
  expect_no_harm_by_any_byte(std::map<WatchedText, std::variant<int, WatchedText>>{{"a", "b"}, {"c", 1}});
}

TEST_F(Bytes, OfChanceDoNoHarm) {
  std::mt19937_64 random{5};
  const std::string intact = to_bytes(rich_);
  for (std::uint64_t left = interleaving::scaled(100'000); left > 0; --left) {
    std::string bytes = intact;
    for (std::uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
      bytes[random() % bytes.size()] = static_cast<char>(random() >> (random() % 64));
    }
    bytes.resize(random() % 2 == 0 ? bytes.size() : random() % bytes.size());
    decodes<rich::Rich>(bytes);
  }
}

TEST_F(Bytes, WithAnUnknownAlternativeOrTruthValueAreRefused) {
  EXPECT_FALSE((decodes<std::variant<int, char>>(std::string_view{"\2\0", 2})));
  EXPECT_TRUE((decodes<std::variant<int, char>>(std::string_view{"\1\0", 2})));
  EXPECT_FALSE(decodes<bool>("\2"));
  EXPECT_FALSE(decodes<std::optional<char>>("\2x"));
  EXPECT_FALSE(decodes<std::vector<bool>>(std::string_view{"\1\0\0\0\2", 5}));
}

TEST_F(Bytes, OfALengthTimesElementSizeThatWrapsAroundAreRefused) {
  // 0x40000001 elements of 4 bytes are 4 bytes in 32-bit arithmetic.
  EXPECT_FALSE(decodes<WatchedVector<std::uint32_t>>(std::string_view{"\x01\0\0\x40xxxx", 8}));
}

TEST_F(Bytes, ThatNestATypeInItselfTooDeeplyAreRefusedBeforeTheStackEnds) {
  std::string bytes;
  for (int level = 0; level < 100'000; ++level) {
    bytes += std::string("\0\0\0\0\1\0\0\0", 8);  // no name, one child
  }
  EXPECT_FALSE(decodes<rich::Tree>(bytes));
}

TEST_F(Bytes, ThatWereRefusedLeaveAnArchiveThatReadsOthers) {
  const std::string deep = [] {
    std::string bytes;
    for (int level = 0; level < 300; ++level) {
      bytes += std::string("\0\0\0\0\1\0\0\0", 8);
    }
    return bytes;
  }();
  const std::string intact = to_bytes(rich_.tree);
  detail::codec::InputArchive in;
  const auto attach = [&](const std::string& bytes) {
    const auto* const begin = reinterpret_cast<const std::byte*>(bytes.data());
    in.attach(begin, begin + bytes.size());
  };
  for (int round = 0; round < 3; ++round) {
    rich::Tree tree;
    attach(deep);
    EXPECT_THROW(detail::decode(in, tree), DecodeError);
    attach(intact);
    detail::decode(in, tree);
    EXPECT_EQ(tree, rich_.tree);
  }
}

}  // namespace
}  // namespace weir
