#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "exchange/channel.hpp"
#include "exchange/ready_word.hpp"
#include "simulation/rng.hpp"
#include "weir/detail/exchange/exchange.hpp"
#include "weir/errors.hpp"

namespace weir::detail {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Keeps what it gets.
template <typename T>
struct Kept final : runtime::Receiver<T> {
  void push(T&& item) override { items.push_back(std::move(item)); }
  std::vector<T> items;
};

/// Reads a buffer of these bytes as an exchange to the step "join" would.
template <typename T>
std::vector<T> read(const std::string& bytes) {
  codec::ByteBuffer buffer{bytes.size() + 1};
  std::memcpy(buffer.data(), bytes.data(), bytes.size());
  buffer.used = bytes.size();
  runtime::StageState stage;
  Kept<T> to;
  runtime::Activity activity;
  const runtime::StepSite site{"join", {WorkerIndex{1}, WorkerCount{2}}, &stage, {}, &activity, {}};
  exchange::ExchangeReceiver<T, false> receiver{to, site};
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
struct AbortingAt final : runtime::Receiver<T> {
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
  codec::ByteBuffer buffer{bytes.size() + 1};
  std::memcpy(buffer.data(), bytes.data(), bytes.size());
  buffer.used = bytes.size();
  runtime::StageState stage;
  AbortingAt<Keyed> to{10};
  stage.gate.abort_by(to.aborted);
  runtime::Activity activity;
  const runtime::StepSite site{"join", {WorkerIndex{1}, WorkerCount{2}}, &stage, {}, &activity, {}};
  exchange::ExchangeReceiver<Keyed, false> receiver{to, site};
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

/// Wakes nobody.
struct NoWorkers final : exchange::Activator {
  void wake(WorkerIndex /*worker*/) override {}
  void wake_for_room(WorkerIndex /*worker*/) override {}
};

/// Does something else with what it gets.
template <typename T>
struct Busy final : runtime::Receiver<T> {
  explicit Busy(runtime::Activity& activity) : activity_{&activity} {}
  void push(T&& /*item*/) override { activity_->note(kOther); }
  static constexpr std::uint32_t kOther = 99;

 private:
  runtime::Activity* activity_;
};

// Of which one end is here, at the first of some workers.
class AnExchange : public ::testing::TestWithParam<std::tuple<std::uint32_t, exchange::ExchangeMode>> {
 protected:
  using Keyed = std::pair<std::uint32_t, std::uint64_t>;

  AnExchange() {
    const auto [workers, mode] = GetParam();
    const runtime::StepSite site{"join", {WorkerIndex{0}, WorkerCount{workers}}, &stage_, {}, &activity_, {}};
    std::vector<exchange::Channel*> to;
    for (std::uint32_t worker = 0; worker < workers; ++worker) {
      const exchange::Channel::Ends ends{WorkerIndex{0}, WorkerIndex{worker}, worker};
      to.push_back(
          channels_.emplace_back(std::make_unique<exchange::Channel>(ends, 10'000, ready_, nobody_, nullptr)).get());
    }
    sender_.emplace(exchange::SenderParts{site, mode, lane_, own_, to, 10'000, 1'000});
  }

  // Fifty times a hundred, which fill batches.
  template <typename Make>
  Make push_made(Make make) {
    for (std::uint32_t round = 0; round < 50; ++round) {
      std::vector<std::uint32_t> keys(100);
      std::iota(keys.begin(), keys.end(), round);
      make = sender_->push_made(containers::Items{keys.data(), keys.size()}, make);
    }
    return make;
  }

  runtime::Activity activity_;
  std::optional<exchange::ExchangeSender<Keyed, exchange::ByKey>> sender_;

 private:
  runtime::StageState stage_;
  NoWorkers nobody_;
  exchange::ReadyWord<> ready_;
  std::vector<std::unique_ptr<exchange::Channel>> channels_;
  exchange::DirectLane lane_{stage_.gate};
  Busy<Keyed> own_{activity_};
};

TEST_P(AnExchange, WhileItMakesItemsThenTheWorkerDoesWhatItDidBefore) {
  ASSERT_TRUE(sender_->sorts());
  constexpr std::uint32_t kMaking = 77;
  std::vector<std::uint32_t> seen;
  const auto make = [&](std::uint32_t key) {
    seen.push_back(activity_.look());
    return Keyed{key, 0};
  };
  activity_.note(kMaking);
  push_made(std::ref(make));
  EXPECT_EQ(seen.size(), 5'000U);
  EXPECT_THAT(seen, Each(kMaking));
  EXPECT_EQ(activity_.look(), kMaking);
}

TEST_P(AnExchange, GivesBackWhatMakesItemsAsItIsThen) {
  struct Numbering {
    std::uint64_t made = 0;
    Keyed operator()(std::uint32_t key) { return {key, made++}; }
  };
  EXPECT_EQ(push_made(Numbering{}).made, 5'000U);
}

INSTANTIATE_TEST_SUITE_P(Workers, AnExchange,
                         ::testing::Combine(::testing::Values(2U, 3U, 4U, 8U),
                                            ::testing::Values(exchange::ExchangeMode::kCereal,
                                                              exchange::ExchangeMode::kMove)));

TEST(AnExchangeBetweenTwoWorkers, KeepsTheOrderOfItemsThatComeAloneAndInBatches) {
  using Keyed = std::pair<std::uint32_t, std::uint64_t>;
  runtime::StageState stage;
  runtime::Activity activity;
  const runtime::StepSite site{"join", {WorkerIndex{0}, WorkerCount{2}}, &stage, {}, &activity, {}};
  NoWorkers nobody;
  exchange::ReadyWord<> ready;
  constexpr std::size_t kDepth = 100'000;
  exchange::Channel to_own{{WorkerIndex{0}, WorkerIndex{0}, 0}, kDepth, ready, nobody, nullptr};
  exchange::Channel to_other{{WorkerIndex{0}, WorkerIndex{1}, 1}, kDepth, ready, nobody, nullptr};
  exchange::DirectLane lane{stage.gate};
  Kept<Keyed> own;
  exchange::ExchangeSender<Keyed, exchange::ByKey> sender{
      exchange::SenderParts{site, exchange::ExchangeMode::kCereal, lane, own, {&to_own, &to_other}, kDepth, 1'000}};
  auto& to = static_cast<runtime::Receiver<Keyed>&>(sender.receiver());
  simulation::Rng rng{1};
  std::uint64_t sent = 0;
  while (sent < 20'000) {
    std::vector<Keyed> items(rng.below(100));
    for (Keyed& item : items) {
      item = {static_cast<std::uint32_t>(rng.below(50)), sent++};
    }
    if (rng.percent(50)) {
      to.push_all({items.data(), items.size()});
    } else {
      for (Keyed& item : items) {
        to.push(std::move(item));
      }
    }
    if (rng.percent(10)) {
      sender.flush();
    }
  }
  sender.flush();
  std::vector<Keyed> all = own.items;
  exchange::Message message;
  Kept<Keyed> others;
  exchange::ExchangeReceiver<Keyed, false> receiver{others, site};
  while (to_other.try_receive(message)) {
    EXPECT_TRUE(receiver.drain(*message.buffer, true, stage.gate));
    to_other.give_back(std::move(message.buffer));
  }
  all.insert(all.end(), others.items.begin(), others.items.end());
  EXPECT_EQ(all.size(), sent);
  for (const std::vector<Keyed>& items : {own.items, others.items}) {
    EXPECT_GT(items.size(), 1'000U);
    EXPECT_TRUE(std::ranges::is_sorted(items, {}, &Keyed::second));
  }
}

}  // namespace
}  // namespace weir::detail
