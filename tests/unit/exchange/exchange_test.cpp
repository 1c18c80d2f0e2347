#include <atomic>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "weir/detail/exchange.hpp"
#include "weir/errors.hpp"

namespace weir::detail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Keeps what it gets.
template <typename T>
struct Kept final : Receiver<T> {
  void push(T&& item) override { items.push_back(std::move(item)); }
  std::vector<T> items;
};

/// Reads a buffer of these bytes as an exchange to the step "join" would.
template <typename T>
std::vector<T> read(const std::string& bytes) {
  ByteBuffer buffer{bytes.size() + 1};
  std::memcpy(buffer.data(), bytes.data(), bytes.size());
  buffer.used = bytes.size();
  StageState stage;
  Kept<T> to;
  Activity activity;
  const StepSite site{"join", {WorkerIndex{1}, WorkerCount{2}}, &stage, {}, &activity, 0};
  ExchangeReceiver<T, false> receiver{to, site};
  EXPECT_TRUE(receiver.drain(buffer, true, stage.gate));
  return to.items;
}

template <typename T>
void expect_refusal(const std::string& bytes, const std::string& why) {
  try {
    read<T>(bytes);
    FAIL() << "was read";
  } catch (const StepError& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("step \"join\": deserialization threw on worker 1 of 2, epoch 1: decode: " + why));
    EXPECT_THROW(std::rethrow_if_nested(error), DecodeError);
  }
}

/// Sets a flag when it has got so many items.
template <typename T>
struct AbortingAt final : Receiver<T> {
  explicit AbortingAt(std::size_t last) : left{last} {}
  void push(T&& /*item*/) override { aborted.store(--left == 0 || aborted.load()); }
  std::size_t left;
  std::atomic<bool> aborted{false};
};

TEST(AnExchangeBuffer, WhenTheRunIsAbortedThenItsOtherItemsAreLeft) {
  using Keyed = std::pair<std::string, int>;
  std::string bytes;
  for (int n = 0; n < 1000; ++n) {
    bytes += to_bytes(Keyed{"a", n});
  }
  ByteBuffer buffer{bytes.size() + 1};
  std::memcpy(buffer.data(), bytes.data(), bytes.size());
  buffer.used = bytes.size();
  StageState stage;
  AbortingAt<Keyed> to{10};
  stage.gate.abort_by(to.aborted);
  Activity activity;
  const StepSite site{"join", {WorkerIndex{1}, WorkerCount{2}}, &stage, {}, &activity, 0};
  ExchangeReceiver<Keyed, false> receiver{to, site};
  EXPECT_FALSE(receiver.drain(buffer, true, stage.gate));
  EXPECT_EQ(to.left, 0U);
}

TEST(AnExchangeBuffer, GivesItsItemsInOrder) {
  using Keyed = std::pair<std::string, int>;
  EXPECT_THAT(read<Keyed>(to_bytes(Keyed{"a", 1}) + to_bytes(Keyed{"b", 2})),
              ElementsAre(Keyed{"a", 1}, Keyed{"b", 2}));
  std::string bytes;
  std::vector<int> numbers;
  for (int n = 0; n < 1000; ++n) {  // small items go in batches
    bytes += to_bytes(n);
    numbers.push_back(n);
  }
  EXPECT_EQ(read<int>(bytes), numbers);
}

TEST(AnExchangeBuffer, ThatIsTruncatedOrHostileIsRefusedByNameOfItsStep) {
  const std::string whole = to_bytes(std::string{"hello"});
  expect_refusal<std::string>(whole + whole.substr(0, 2), "bytes end in the middle of a value");
  expect_refusal<std::string>(whole.substr(0, whole.size() - 1), "a length is larger than what is left");
  expect_refusal<std::string>(std::string(4, '\xff'), "a length is larger than what is left");
  expect_refusal<int>(to_bytes(1) + "abc", "bytes end in the middle of a value");
  expect_refusal<bool>(std::string{"\x02"}, "a truth value is neither 0 nor 1");
}

}  // namespace
}  // namespace weir::detail
