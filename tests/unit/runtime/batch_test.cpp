#include "weir/detail/runtime/batch.hpp"

#include <cstdint>
#include <span>
#include <vector>

#include <gtest/gtest.h>

namespace weir::detail {
namespace {

std::uint32_t half_of(std::uint64_t n) { return static_cast<std::uint32_t>(n / 2); }

class BatchesGivenManyItems : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  static constexpr std::uint32_t kItems = 10'000;

  // Where item n goes: at times all to one worker, at times here and there.
  [[nodiscard]] std::uint32_t worker_of(std::uint32_t n) const {
    return (n / 500 % 2 == 0 ? n * 2'654'435'761U >> 16 : n / 500) % GetParam();
  }
  void note(std::size_t worker, containers::Items<std::uint32_t> batch) {
    taken_[worker].insert(taken_[worker].end(), batch.begin(), batch.end());
  }
  void expect_all_in_order() {
    for (std::uint32_t worker = 0; worker < GetParam(); ++worker) {
      note(worker, batches_.take(worker));
      EXPECT_TRUE(batches_.take(worker).empty());
    }
    std::vector<std::vector<std::uint32_t>> expected(GetParam());
    for (std::uint32_t n = 0; n < kItems; ++n) {
      expected[worker_of(n)].push_back(n);
    }
    EXPECT_EQ(taken_, expected);
  }

  runtime::BatchesByWorker<std::uint32_t> batches_{GetParam()};
  std::vector<std::vector<std::uint32_t>> taken_{GetParam()};
};

TEST_P(BatchesGivenManyItems, WhenPutInOneByOneThenEachWorkerGetsItsItemsInOrder) {
  for (std::uint32_t n = 0; n < kItems; ++n) {
    if (batches_.put(worker_of(n), n)) {
      note(worker_of(n), batches_.take(worker_of(n)));
    }
  }
  expect_all_in_order();
}

TEST_P(BatchesGivenManyItems, WhenPutInSeveralAtATimeThenEachWorkerGetsItsItemsInOrder) {
  std::uint32_t next = 0;
  for (std::uint32_t round = 0; next < kItems; ++round) {
    std::vector<std::uint64_t> doubles;
    for (; next < kItems && doubles.size() < 1 + round * 7 % 64; ++next) {
      doubles.push_back(std::uint64_t{next} * 2);
    }
    batches_.put_all(
        containers::Items{doubles.data(), doubles.size()}, half_of, [this](std::uint32_t n) { return worker_of(n); },
        [this](std::size_t worker, containers::Items<std::uint32_t> batch) { note(worker, batch); });
  }
  expect_all_in_order();
}

TEST(BatchesForTwoWorkers, WhenPutInForOneThenTheOtherGetsItsItemsAtOnce) {
  runtime::BatchesByWorker<std::uint32_t> batches{2};
  std::vector<std::uint32_t> own;
  std::vector<std::uint32_t> others;
  std::uint32_t next = 0;
  for (std::uint32_t round = 0; next < 10'000; ++round) {
    std::vector<std::uint64_t> doubles;
    for (; doubles.size() < 1 + round * 7 % 64; ++next) {
      doubles.push_back(std::uint64_t{next} * 2);
    }
    batches.put_or(
        containers::Items{doubles.data(), doubles.size()}, half_of, 1,
        [](std::uint32_t n) { return n * 2'654'435'761U >> 31; },
        [&](std::uint32_t item, std::size_t is_for_other) {
          if (is_for_other == 1) {
            others.push_back(item);
          }
        });
    if (batches.full(1)) {
      const containers::Items<std::uint32_t> batch = batches.take(1);
      own.insert(own.end(), batch.begin(), batch.end());
    }
  }
  const containers::Items<std::uint32_t> rest = batches.take(1);
  own.insert(own.end(), rest.begin(), rest.end());
  std::vector<std::uint32_t> expected_own;
  std::vector<std::uint32_t> expected_others;
  for (std::uint32_t n = 0; n < next; ++n) {
    (n * 2'654'435'761U >> 31 == 1 ? expected_own : expected_others).push_back(n);
  }
  EXPECT_EQ(own, expected_own);
  EXPECT_EQ(others, expected_others);
}

INSTANTIATE_TEST_SUITE_P(Workers, BatchesGivenManyItems, ::testing::Values(1U, 2U, 3U, 4U, 8U));

}  // namespace
}  // namespace weir::detail
