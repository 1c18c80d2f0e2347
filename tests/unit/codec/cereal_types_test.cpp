#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "weir/serialize.hpp"

// Types as users of cereal write them, in a namespace of their own.
namespace shop {

/// Numbers that are no aggregates have a constructor: cereal's functions are the only way to write them.
struct Number {
  Number() : number{0} {}
  explicit Number(int n) : number{n} {}
  bool operator==(const Number& other) const { return number == other.number; }
  int number;
};

struct ByMember : Number {
  using Number::Number;
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(CEREAL_NVP(number));
  }
};

struct ByMembers : Number {
  using Number::Number;
  template <typename Archive>
  void save(Archive& archive) const {
    archive(std::to_string(number));
  }
  template <typename Archive>
  void load(Archive& archive) {
    std::string text;
    archive(text);
    number = std::stoi(text);
  }
};

struct ByFree : Number {
  using Number::Number;
};
template <typename Archive>
void serialize(Archive& archive, ByFree& value) {
  archive(value.number);
}

struct ByFrees : Number {
  using Number::Number;
};
template <typename Archive>
void save(Archive& archive, const ByFrees& value) {
  archive(value.number);
}
template <typename Archive>
void load(Archive& archive, ByFrees& value) {
  archive(value.number);
}

struct ByMinimal : Number {
  using Number::Number;
  template <typename Archive>
  std::string save_minimal(const Archive& /*archive*/) const {
    return std::to_string(number);
  }
  template <typename Archive>
  void load_minimal(const Archive& /*archive*/, const std::string& text) {
    number = std::stoi(text);
  }
};

struct ByFreeMinimal : Number {
  using Number::Number;
};
template <typename Archive>
int save_minimal(const Archive& /*archive*/, const ByFreeMinimal& value) {
  return value.number;
}
template <typename Archive>
void load_minimal(const Archive& /*archive*/, ByFreeMinimal& value, const int& number) {
  value.number = number;
}

struct Versioned : Number {
  using Number::Number;
  template <typename Archive>
  void serialize(Archive& archive, std::uint32_t version) {
    seen = version;
    archive(number);
  }
  std::uint32_t seen = 0;
};

struct VersionedByMembers : Number {
  using Number::Number;
  template <typename Archive>
  void save(Archive& archive, std::uint32_t version) const {
    archive(number + static_cast<int>(version));
  }
  template <typename Archive>
  void load(Archive& archive, std::uint32_t version) {
    archive(number);
    number -= static_cast<int>(version);
  }
};

struct VersionedByFree : Number {
  using Number::Number;
};
template <typename Archive>
void serialize(Archive& archive, VersionedByFree& value, std::uint32_t /*version*/) {
  archive(value.number);
}

struct VersionedByFrees : Number {
  using Number::Number;
};
template <typename Archive>
void save(Archive& archive, const VersionedByFrees& value, std::uint32_t /*version*/) {
  archive(value.number);
}
template <typename Archive>
void load(Archive& archive, VersionedByFrees& value, std::uint32_t /*version*/) {
  archive(value.number);
}

struct VersionedByMinimal : Number {
  using Number::Number;
  template <typename Archive>
  int save_minimal(const Archive& /*archive*/, std::uint32_t /*version*/) const {
    return number;
  }
  template <typename Archive>
  void load_minimal(const Archive& /*archive*/, const int& read, std::uint32_t /*version*/) {
    number = read;
  }
};

struct VersionedByFreeMinimal : Number {
  using Number::Number;
};
template <typename Archive>
int save_minimal(const Archive& /*archive*/, const VersionedByFreeMinimal& value, std::uint32_t /*version*/) {
  return value.number;
}
template <typename Archive>
void load_minimal(const Archive& /*archive*/, VersionedByFreeMinimal& value, const int& number,
                  std::uint32_t /*version*/) {
  value.number = number;
}

/// It inherits one function and brings others: a specialization says that its own count.
struct Chosen : Versioned {
  using Versioned::Versioned;
  template <typename Archive>
  void save(Archive& archive) const {
    archive(number, std::string{"chosen"});
  }
  template <typename Archive>
  void load(Archive& archive) {
    std::string text;
    archive(number, text);
    EXPECT_EQ(text, "chosen");
  }
};

struct OfBase : ByMember {
  using ByMember::ByMember;
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(cereal::base_class<ByMember>(this), more);
  }
  int more = 1;
};

struct OfVirtualBase : virtual ByMember {
  OfVirtualBase() = default;
  explicit OfVirtualBase(int n) : ByMember{n} {}
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(cereal::virtual_base_class<ByMember>(this));
  }
};

/// Reads and writes its length and bytes itself.
struct Blob {
  Blob() {}  // NOLINT(modernize-use-equals-default): so that it is no aggregate
  explicit Blob(std::vector<std::uint16_t> d) : data{std::move(d)} {}
  template <typename Archive>
  void save(Archive& archive) const {
    archive(cereal::make_size_tag(static_cast<cereal::size_type>(data.size())));
    archive(cereal::binary_data(data.data(), data.size() * sizeof(std::uint16_t)));
  }
  template <typename Archive>
  void load(Archive& archive) {
    cereal::size_type size = 0;
    archive(cereal::make_size_tag(size));
    data.resize(static_cast<std::size_t>(size));
    archive(cereal::binary_data(data.data(), data.size() * sizeof(std::uint16_t)));
  }
  bool operator==(const Blob& other) const { return data == other.data; }
  std::vector<std::uint16_t> data;
};

/// It writes nothing.
struct Silent {
  Silent() {}  // NOLINT(modernize-use-equals-default): so that it is no aggregate
  template <typename Archive>
  void serialize(Archive& /*archive*/) {}
  bool operator==(const Silent& /*other*/) const { return true; }
};

/// Could be copied as it lies in memory, but says otherwise.
struct Cached {
  std::int32_t kept;
  std::int32_t cache;
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(kept);
  }
};

/// Refers to itself in a way that only its function knows.
struct Node {
  Node() {}  // NOLINT(modernize-use-equals-default): so that it is no aggregate
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(children);
  }
  bool operator==(const Node& other) const { return children == other.children; }
  std::vector<Node> children;
};

}  // namespace shop

CEREAL_CLASS_VERSION(shop::Versioned, 3)
CEREAL_CLASS_VERSION(shop::VersionedByMembers, 4)
CEREAL_SPECIALIZE_FOR_ALL_ARCHIVES(shop::Chosen, cereal::specialization::member_load_save)

namespace weir {
namespace {

using detail::from_bytes;
using detail::to_bytes;

template <typename T>
class ATypeWithCerealsFunctions : public ::testing::Test {};

using Types = ::testing::Types<shop::ByMember, shop::ByMembers, shop::ByFree, shop::ByFrees, shop::ByMinimal,
                               shop::ByFreeMinimal, shop::Versioned, shop::VersionedByMembers, shop::VersionedByFree,
                               shop::VersionedByFrees, shop::VersionedByMinimal, shop::VersionedByFreeMinimal,
                               shop::Chosen, shop::OfBase, shop::OfVirtualBase>;
TYPED_TEST_SUITE(ATypeWithCerealsFunctions, Types);

TYPED_TEST(ATypeWithCerealsFunctions, ComesBackAsItWas) {
  static_assert(serializable<TypeParam>);
  EXPECT_EQ(from_bytes<TypeParam>(to_bytes(TypeParam{77})).number, 77);
}

TYPED_TEST(ATypeWithCerealsFunctions, ComesBackFromAnyBufferOfAnArchive) {
  detail::codec::OutputArchive out;
  for (int n = 0; n < 3; ++n) {
    detail::codec::ByteBuffer buffer{64};
    out.attach(buffer);
    detail::encode(out, std::pair{TypeParam{n}, TypeParam{n + 1}});
    out.commit();
    detail::codec::InputArchive in;
    in.attach(buffer.data(), buffer.data() + buffer.used);
    std::pair<TypeParam, TypeParam> back;
    detail::decode(in, back);
    EXPECT_EQ(back.first.number, n);
    EXPECT_EQ(back.second.number, n + 1);
    EXPECT_EQ(in.remaining(), 0U);
  }
}

TEST(AVersion, IsThatOfTheWriter) {
  std::string bytes = to_bytes(shop::Versioned{1});
  EXPECT_EQ(from_bytes<shop::Versioned>(bytes).seen, 3U);
  bytes[0] = 2;  // written by an older program
  EXPECT_EQ(from_bytes<shop::Versioned>(bytes).seen, 2U);
}

TEST(AWrapperOfCereal, IsUnderstood) {
  const shop::Blob blob{{1, 2, 3}};
  EXPECT_EQ(from_bytes<shop::Blob>(to_bytes(blob)), blob);
  EXPECT_EQ(from_bytes<shop::Blob>(to_bytes(shop::Blob{})), shop::Blob{});
  EXPECT_THROW(from_bytes<shop::Blob>(std::string("\xff\xff\xff\xff\0\0", 6)), DecodeError);
}

TEST(AFunctionThatWritesNothing, LeavesAByteSoThatLengthsCanBeChecked) {
  EXPECT_EQ(to_bytes(std::vector<shop::Silent>(3)).size(), 7U);
  EXPECT_EQ(from_bytes<std::vector<shop::Silent>>(to_bytes(std::vector<shop::Silent>(3))).size(), 3U);
}

TEST(AFunctionOfAPlainStruct, CountsInContainersAndStructsToo) {
  struct Outer {
    shop::Cached first;
    shop::Cached second;
  };
  EXPECT_EQ(from_bytes<std::vector<shop::Cached>>(to_bytes(std::vector<shop::Cached>{{1, 2}}))[0].cache, 0);
  EXPECT_EQ(from_bytes<Outer>(to_bytes(Outer{{1, 2}, {3, 4}})).second.cache, 0);
  EXPECT_EQ(from_bytes<Outer>(to_bytes(Outer{{1, 2}, {3, 4}})).second.kept, 3);
}

TEST(AFunctionThatCallsItself, IsStoppedBeforeTheStackEnds) {
  std::string bytes;
  for (int level = 0; level < 100'000; ++level) {
    bytes += std::string("\1\0\0\0", 4);
  }
  EXPECT_THROW(from_bytes<shop::Node>(bytes), DecodeError);
}

}  // namespace
}  // namespace weir
