// A bool is a key in each way of keeping keys, since containers of bool are unlike others; a key made of all kinds is
// in key_of_all_kinds_test.cpp.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "faults/keyed_steps.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using std::chrono_literals::operator""ms;

TEST(ABoolAsAKey, WorksInEachWayOfKeepingKeys) {
  for (const std::size_t workers : {std::size_t{1}, std::size_t{2}}) {
    faults::KeyedSteps<bool> steps{workers};
    steps.add_ways_of_keeping_keys();
    steps.check();
  }
}

static_assert(Key<char8_t> && Key<char16_t> && Key<char32_t> && Key<wchar_t> && Key<signed char>);
static_assert(Key<std::int16_t> && Key<std::uint16_t> && Key<std::int64_t> && Key<unsigned long long> &&
              Key<std::byte>);
static_assert(Key<std::chrono::sys_days> && Key<std::chrono::steady_clock::time_point> && Key<std::chrono::seconds>);
static_assert(!Key<double> && !Key<std::chrono::duration<double>> && !Key<std::optional<bool>>);

TEST(APointInTimeAsAKey, IsShownAsATimeAndHashedAsItsTicks) {
  EXPECT_EQ(detail::key_text(Time{1500ms}), "1970-01-01T00:00:01.5Z");
  EXPECT_EQ(detail::key_text(std::chrono::sys_days{std::chrono::year{2024} / 2 / 29}), "2024-02-29T00:00:00Z");
  EXPECT_EQ(detail::key_text(std::chrono::seconds{7}), "7");
  EXPECT_EQ(key_hash(Time{std::chrono::nanoseconds{42}}), key_hash(std::int64_t{42}));
}

// Padding is whatever memory held before: it must not reach channels or snapshots.
struct Padded {
  long double number = 0;
  long double other = 0;
};

template <typename T>
T over_bytes(const T& value, unsigned char bytes) {
  alignas(T) std::array<unsigned char, sizeof(T)> memory{};
  memory.fill(bytes);
  T& made = *::new (memory.data()) T;
  if constexpr (std::is_same_v<T, Padded>) {
    made.number = value.number;
    made.other = value.other;
  } else {
    made = value;
  }
  T copy;
  std::memcpy(&copy, memory.data(), sizeof(T));
  return copy;
}

TEST(ALongDouble, IsWrittenWithoutItsPadding) {
  const long double number = 1.0L / 3;
  const std::vector<long double> numbers(3, over_bytes(number, 0xaa));
  std::string bytes = detail::to_bytes(numbers);
  EXPECT_EQ(bytes, detail::to_bytes(std::vector<long double>(3, over_bytes(number, 0x55))));
  EXPECT_EQ(detail::from_bytes<std::vector<long double>>(bytes), numbers);
  EXPECT_EQ(detail::to_bytes(over_bytes(Padded{number, 2}, 0xaa)),
            detail::to_bytes(over_bytes(Padded{number, 2}, 0x55)));
  EXPECT_EQ(detail::to_bytes(std::pair{number, 1}).size(), sizeof(long double) + sizeof(int));  // as it was
}

}  // namespace
}  // namespace weir
