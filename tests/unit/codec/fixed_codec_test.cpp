#include "weir/detail/codec/fixed_codec.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>

#include <gtest/gtest.h>

#include "weir/detail/time/clock_operator.hpp"
#include "weir/serialize.hpp"
#include "weir/time.hpp"

namespace weir::detail {
namespace {

enum class Colour : std::uint16_t { kRed = 1, kBlue = 2 };

struct Padded {
  std::uint64_t number = 0;
  std::uint16_t small = 0;
  Colour colour = Colour::kRed;

  bool operator==(const Padded&) const = default;
};

struct LikeAPair {
  std::uint8_t first = 1;
  std::uint32_t second = 2;
  std::uint8_t third = 3;

  bool operator==(const LikeAPair&) const = default;
};

struct Truth {
  bool is_true = false;
};

struct ByCereal {
  std::uint32_t value = 0;
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(value);
  }
};

static_assert(codec::kFixedBytes<std::uint64_t> == 8);
static_assert(codec::kFixedBytes<Padded> == 12);
static_assert(codec::kFixedBytes<std::pair<std::uint64_t, time::Timed<Padded>>> == 36);
static_assert(codec::kFixedBytes<std::tuple<std::uint8_t, double, std::array<float, 3>>> == 21);
static_assert(codec::kFixedBytes<bool> == 0, "not all bytes are valid");
static_assert(codec::kFixedBytes<Truth> == 0);
static_assert(codec::kFixedBytes<ByCereal> == 0);
static_assert(codec::kFixedBytes<std::string> == 0);
static_assert(codec::kFixedBytes<std::optional<int>> == 0);
static_assert(codec::kFixedBytes<std::variant<int, long>> == 0);
static_assert(codec::kFixedBytes<std::tuple<>> == 0);

template <typename T>
void expect_the_bytes_of_the_codec(const T& value) {
  std::array<std::byte, codec::kFixedBytes<T>> bytes{};
  EXPECT_EQ(codec::write_fixed(bytes.data(), value), bytes.data() + bytes.size());
  EXPECT_EQ((std::string{reinterpret_cast<const char*>(bytes.data()), bytes.size()}), to_bytes(value));
  T read{};
  EXPECT_EQ(codec::read_fixed(bytes.data(), read), bytes.data() + bytes.size());
  EXPECT_EQ(read, value);
}

TEST(ValuesOfFixedSize, HaveTheBytesThatTheirCodecWrites) {
  const Padded padded{.number = 0x0102030405060708, .small = 77, .colour = Colour::kBlue};
  expect_the_bytes_of_the_codec(padded);
  expect_the_bytes_of_the_codec(std::pair{std::int32_t{-5}, padded});
  expect_the_bytes_of_the_codec(std::pair{LikeAPair{.first = 7, .second = 8, .third = 9}, std::uint16_t{10}});
  expect_the_bytes_of_the_codec(std::tuple{std::uint8_t{9}, 2.5, std::array{1.0F, 2.0F, 3.0F}, padded});
  expect_the_bytes_of_the_codec(std::pair{Time{std::chrono::hours{7}}, std::chrono::milliseconds{-3}});
}

}  // namespace
}  // namespace weir::detail
