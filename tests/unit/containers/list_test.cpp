#include "weir/detail/containers/list.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "weir/detail/containers/fifo.hpp"

namespace weir::detail {
namespace {

std::string text_of(int number) { return "a text that has memory of its own, number " + std::to_string(number); }

TEST(List, GivenManyValuesThenKeepsTheirOrder) {
  containers::List<std::string> list;
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_EQ(list.push_back(text_of(i)), text_of(i));
  }
  ASSERT_EQ(list.size(), 1'000);
  int next = 0;
  for (const std::string& each : list) {
    EXPECT_EQ(each, text_of(next++));
  }
  EXPECT_EQ(list.back(), text_of(999));
}

TEST(List, WhenItShrinksThenItsLastValuesAreDestroyed) {
  const auto shared = std::make_shared<int>(0);
  containers::List<std::shared_ptr<int>> list;
  for (int i = 0; i < 10; ++i) {
    list.push_back(std::shared_ptr<int>{shared});
  }
  list.shrink(4);
  EXPECT_EQ(shared.use_count(), 5);
  list.pop_back();
  EXPECT_EQ(shared.use_count(), 4);
  list.clear();
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(List, WhenItIsMovedThenItsValuesMoveAndTheOldOnesGo) {
  const auto shared = std::make_shared<int>(0);
  containers::List<std::shared_ptr<int>> from;
  from.push_back(std::shared_ptr<int>{shared});
  containers::List<std::shared_ptr<int>> to;
  to.push_back(std::make_shared<int>(1));
  const std::weak_ptr<int> old{to.front()};
  to = std::move(from);
  EXPECT_TRUE(old.expired());
  EXPECT_EQ(to.size(), 1);
  EXPECT_EQ(shared.use_count(), 2);
}

TEST(List, WhenItGrowsThenNewValuesAreMadeOfNothing) {
  containers::List<std::uint64_t> numbers;
  numbers.push_back(7);
  numbers.grow(100);
  numbers.grow(3);  // it is larger already
  ASSERT_EQ(numbers.size(), 100);
  EXPECT_EQ(numbers[0], 7);
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    EXPECT_EQ(numbers[i], 0);
  }
}

struct alignas(64) Aligned {
  std::uint64_t value = 0;
};

TEST(List, GivenAnAlignedTypeThenItsValuesAreAligned) {
  containers::List<Aligned> list;
  for (int i = 0; i < 20; ++i) {
    const Aligned& added = list.push_back({});
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&added) % 64, 0);
  }
}

// Copied when a list gets larger, since a move may throw.
struct Reluctant {
  explicit Reluctant(int number) : value{std::make_unique<int>(number)} {}
  Reluctant(const Reluctant& other) : value{std::make_unique<int>(*other.value)} {
    if (*value == fails_at) {
      throw std::runtime_error{"not this one"};
    }
  }
  Reluctant(Reluctant&& other) noexcept(false) : value{std::move(other.value)} {}

  std::unique_ptr<int> value;
  inline static int fails_at = -1;
};

TEST(List, WhenAValueCannotBeCopiedToALargerListThenItKeepsAllThatItHad) {
  containers::List<Reluctant> list;
  for (int i = 0; i < 4; ++i) {
    list.push_back(Reluctant{i});
  }
  Reluctant::fails_at = 2;
  EXPECT_THROW(list.push_back(Reluctant{4}), std::runtime_error);
  Reluctant::fails_at = -1;
  ASSERT_EQ(list.size(), 4);
  for (int i = 0; i < 4; ++i) {
    ASSERT_NE(list[static_cast<std::size_t>(i)].value, nullptr);
    EXPECT_EQ(*list[static_cast<std::size_t>(i)].value, i);
  }
}

// Its values can be constructed only.
struct Unassignable {
  const int number;
};

TEST(Fifo, WhenMoreArePutInThanTakenOutThenTheyComeInTheirOrder) {
  containers::Fifo<Unassignable> fifo;
  int put = 0;
  int taken = 0;
  for (int round = 0; round < 300; ++round) {
    for (int i = 0; i < 3; ++i) {
      fifo.put({put++});
    }
    for (int i = 0; i < 2; ++i) {
      ASSERT_EQ(fifo.take().number, taken++);
    }
    ASSERT_EQ(fifo.size(), static_cast<std::size_t>(put - taken));
  }
  while (!fifo.empty()) {
    ASSERT_EQ(fifo.take().number, taken++);
  }
  EXPECT_EQ(taken, put);
}

// Counts those that are there, whether moved from or not.
struct Counted {
  Counted() { ++there; }
  Counted(Counted&& /*other*/) noexcept { ++there; }
  ~Counted() { --there; }

  inline static int there = 0;
};

TEST(Fifo, WhenItIsNeverEmptyThenItGivesUpThePlacesOfThoseThatWereTaken) {
  containers::Fifo<Counted> fifo;
  fifo.put(Counted{});
  for (int i = 0; i < 10'000; ++i) {
    fifo.put(Counted{});
    const Counted taken = fifo.take();
    ASSERT_EQ(fifo.size(), 1);
    ASSERT_LT(Counted::there, 200);
  }
}

}  // namespace
}  // namespace weir::detail
