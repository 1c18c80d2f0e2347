#include "weir/detail/exchange/folding.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
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

using Keyed = std::pair<std::uint32_t, std::uint64_t>;
using Values = std::vector<std::uint64_t>;
using runtime::Closing;

constexpr std::size_t kDepth = 100'000;

struct WakesNobody final : exchange::Activator {
  void wake(WorkerIndex /*worker*/) override {}
  void wake_for_room(WorkerIndex /*worker*/) override {}
};

/// A step that keeps the values of each key; a fold of them is their list.
class Lists final : public exchange::Folding<Keyed> {
 public:
  explicit Lists(std::size_t room) : room_{room} {}

  void push(Keyed&& item) override { got[item.first].push_back(item.second); }

  [[nodiscard]] exchange::FoldRoom fold_room() const override { return {.folds = room_}; }

  exchange::Folded fold(std::uint32_t to, containers::Items<Keyed> items, bool may_add) override {
    exchange::Folded folded;
    std::map<std::uint32_t, Values>& lists = folds_[to];
    for (Keyed& item : items) {
      const auto found = lists.find(item.first);
      if (found != lists.end()) {
        found->second.push_back(item.second);
        continue;
      }
      ++folded.missed;
      if (may_add && lists.size() < room_) {
        lists[item.first].push_back(item.second);
      } else {
        items[folded.left++] = item;
      }
    }
    most_folds = std::max(most_folds, lists.size());
    return folded;
  }

  [[nodiscard]] std::size_t folds(std::uint32_t to) const override {
    EXPECT_GT(room_, 0U) << "it has no tables";
    const auto found = folds_.find(to);
    return found != folds_.end() ? found->second.size() : 0;
  }

  std::uint64_t write_folds(std::uint32_t to, std::size_t count, codec::OutputArchive& archive) override {
    std::uint64_t items = 0;
    for (; count > 0; --count) {
      const auto first = folds_[to].begin();
      encode(archive, first->first);
      encode(archive, first->second);
      items += first->second.size();
      folds_[to].erase(first);
    }
    return items;
  }

  void free_folds() override { ++freed; }

  void merge_folds(codec::InputArchive& archive, std::uint64_t items) override {
    folded_items += items;
    while (archive.remaining() > 0) {
      std::uint32_t key = 0;
      Values values;
      decode(archive, key);
      decode(archive, values);
      got[key].insert(got[key].end(), values.begin(), values.end());
    }
  }

  std::map<std::uint32_t, Values> got;
  std::uint64_t folded_items = 0;
  std::size_t most_folds = 0;
  int freed = 0;

 private:
  std::size_t room_;
  std::map<std::uint32_t, std::map<std::uint32_t, Values>> folds_;  // by worker
};

/// Of which one end is here, on the first of two workers.
class AnExchangeWithFolds : public ::testing::Test {
 protected:
  void open(std::size_t room, std::size_t depth = kDepth) {
    own_.emplace(room);
    others_.emplace(room);
    sender_.emplace(exchange::SenderParts{
        site_, exchange::ExchangeMode::kCereal, lane_, *own_, {&to_own_, &to_other_}, depth, 100});
  }

  runtime::Receiver<Keyed>& to() { return static_cast<runtime::Receiver<Keyed>&>(sender_->receiver()); }

  /// A key of the other worker.
  static std::uint32_t other_key(std::uint32_t number) {
    for (std::uint32_t key = 0;; ++key) {
      if (owner_of(key_hash(key), WorkerCount{2}).value == 1 && number-- == 0) {
        return key;
      }
    }
  }

  /// What the other worker does meanwhile. Returns the number of buffers that it got.
  int receive() {
    exchange::ExchangeReceiver<Keyed, false, true> receiver{*others_, site_};
    runtime::Gate gate;
    exchange::Message message;
    int buffers = 0;
    while (to_other_.try_receive(message)) {
      EXPECT_TRUE(receiver.drain(*message.buffer, true, gate));
      to_other_.give_back(std::move(message.buffer));
      ++buffers;
    }
    return buffers;
  }

  runtime::StageState stage_;
  std::optional<Lists> own_;
  std::optional<Lists> others_;
  std::optional<exchange::ExchangeSender<Keyed, exchange::ByKeyFolded>> sender_;

 private:
  runtime::Activity activity_;
  runtime::StepSite site_{"step", {WorkerIndex{0}, WorkerCount{2}}, &stage_, {}, &activity_, {}};
  WakesNobody nobody_;
  exchange::ReadyWord<> ready_;
  exchange::Channel to_own_{{WorkerIndex{0}, WorkerIndex{0}, 0}, kDepth, ready_, nobody_, nullptr};
  exchange::Channel to_other_{{WorkerIndex{0}, WorkerIndex{1}, 1}, kDepth, ready_, nobody_, nullptr};
  exchange::DirectLane lane_{stage_.gate};
};

class AnExchangeWithRoomForFolds : public AnExchangeWithFolds, public ::testing::WithParamInterface<std::size_t> {};

TEST_P(AnExchangeWithRoomForFolds, KeepsTheOrderOfAKeyWhileFoldingBeginsAndEndsAgainAndAgain) {
  const std::size_t room = GetParam();
  open(room);
  simulation::Rng rng{room};
  std::uint64_t sent = 0;
  while (sent < 50'000) {
    const std::uint64_t keys = sent / 1'000 % 2 == 0 ? room : 5 * room + 20;  // folding pays off now and then
    std::vector<Keyed> items(rng.below(100));
    for (Keyed& item : items) {
      item = {static_cast<std::uint32_t>(rng.below(keys)), sent++};
    }
    if (rng.percent(50)) {
      to().push_all({items.data(), items.size()});
    } else {
      for (Keyed& item : items) {
        to().push(std::move(item));
      }
    }
    stage_.gate.refill();
    if (rng.percent(10)) {
      sender_->flush();
    }
    if (rng.percent(2)) {
      EXPECT_EQ(sender_->close(), Closing::kDone);
    }
    receive();
  }
  stage_.gate.refill();
  EXPECT_EQ(sender_->close(), Closing::kDone);
  sender_->flush();
  receive();
  std::uint64_t got = 0;
  for (const auto* const lists : {&own_->got, &others_->got}) {
    for (const auto& [key, values] : *lists) {
      got += values.size();
      EXPECT_TRUE(std::ranges::is_sorted(values)) << "key " << key << ", room for " << room;
    }
  }
  EXPECT_EQ(got, sent);
  EXPECT_GT(others_->folded_items, 0U);
  EXPECT_GT(own_->freed, 2) << "it ended a few times";
  EXPECT_LE(own_->most_folds, room);
}

INSTANTIATE_TEST_SUITE_P(OfManySizes, AnExchangeWithRoomForFolds, ::testing::Values(1, 2, 3, 10, 30));

TEST_F(AnExchangeWithFolds, SendsItemsToAStepWithoutRoom) {
  open(0);
  to().push({other_key(0), 1});
  EXPECT_EQ(sender_->close(), Closing::kDone);
  sender_->flush();
  EXPECT_EQ(receive(), 1);
  EXPECT_EQ(others_->got.at(other_key(0)), Values{1});
}

TEST_F(AnExchangeWithFolds, HoldsThemUntilItCloses) {
  open(10);
  to().push({other_key(0), 1});
  to().push({other_key(0), 2});
  sender_->flush();
  EXPECT_EQ(receive(), 0);
  EXPECT_EQ(sender_->close(), Closing::kDone);
  sender_->flush();
  EXPECT_EQ(receive(), 1);
  EXPECT_EQ(others_->got.at(other_key(0)), (Values{1, 2}));
  EXPECT_EQ(others_->folded_items, 2U);
}

TEST_F(AnExchangeWithFolds, ClosesInPortionsAndSendsNothingWhileThereIsNoRoom) {
  open(1'000, 1);
  for (std::uint32_t number = 0; number < 50; ++number) {
    to().push({other_key(number), number});
  }
  stage_.gate.refill();
  EXPECT_EQ(sender_->close(), Closing::kWait) << "a buffer has 100 bytes";
  const std::size_t left = own_->folds(1);
  EXPECT_GT(left, 0U);
  EXPECT_EQ(sender_->close(), Closing::kWait);
  sender_->flush();
  EXPECT_EQ(own_->folds(1), left);
  EXPECT_EQ(receive(), 1);
  while (sender_->close() != Closing::kDone) {
    sender_->outboxes()[1].pump();
    EXPECT_LE(receive(), 1) << "a buffer without folds";
  }
  sender_->outboxes()[1].pump();
  sender_->flush();
  receive();
  EXPECT_EQ(others_->got.size(), 50U);
}

TEST_F(AnExchangeWithFolds, SendsNothingInATurnThatIsSpent) {
  open(10);
  to().push({other_key(0), 1});
  sender_->flush();
  while (stage_.gate.spend()) {
  }
  EXPECT_EQ(sender_->close(), Closing::kMore);
  sender_->flush();
  EXPECT_EQ(receive(), 0);
  EXPECT_EQ(own_->folds(1), 1U);
}

TEST_F(AnExchangeWithFolds, ClosesOverSeveralTurnsOfItsStage) {
  constexpr std::uint32_t kKeys = 1'500;
  open(kKeys);
  std::uint32_t key = 0;
  for (std::uint32_t number = 0; number < kKeys; ++key) {
    if (owner_of(key_hash(key), WorkerCount{2}).value == 1) {
      for (int time = 0; time < 3; ++time) {
        to().push({key, number});
      }
      ++number;
    }
  }
  stage_.gate.refill();
  EXPECT_EQ(sender_->close(), Closing::kMore);
  EXPECT_EQ(own_->folds(1), kKeys - runtime::Gate::kCursorItems);
  stage_.gate.refill();
  EXPECT_EQ(sender_->close(), Closing::kDone);
  EXPECT_EQ(own_->folds(1), 0U);
}

/// On a worker that has a shard, in an application: its edge has one channel.
TEST(AnExchangeWithFoldsInAnApplication, ChecksEachKeyAndFoldsNone) {
  constexpr std::uint32_t kShards = 4;
  runtime::StageState stage;
  runtime::Activity activity;
  const runtime::StepSite site{"step", {WorkerIndex{1}, WorkerCount{2}}, &stage, {}, &activity, {}};
  WakesNobody nobody;
  exchange::ReadyWord<> ready;
  exchange::Channel channel{{WorkerIndex{1}, WorkerIndex{1}, 0}, kDepth, ready, nobody, nullptr};
  exchange::DirectLane lane{stage.gate};
  const exchange::Shard shard{2, kShards, "orders/2"};
  Lists step{100};
  exchange::ExchangeSender<Keyed, exchange::ByKeyFolded> sender{
      exchange::SenderParts{site, exchange::ExchangeMode::kCereal, lane, step, {&channel}, kDepth, 100, &shard}};
  auto& to = static_cast<runtime::Receiver<Keyed>&>(sender.receiver());
  std::vector<Keyed> own;
  std::vector<Keyed> foreign;
  for (std::uint32_t key = 0; key < 1'000; ++key) {
    (exchange::shard_of(std::to_string(key), kShards) == shard.number() ? own : foreign).push_back({key, key});
  }
  for (const Keyed& item : own) {
    to.push(Keyed{item});
  }
  std::vector<Keyed> again = own;
  to.push_all({again.data(), again.size()});
  EXPECT_EQ(step.got.size(), own.size()) << "they are there at once";
  EXPECT_EQ(step.most_folds, 0U);
  for (const Keyed& item : foreign) {
    EXPECT_THROW(to.push(Keyed{item}), StepError);
    std::vector<Keyed> alone{item};
    EXPECT_THROW(to.push_all({alone.data(), 1}), StepError);
  }
  EXPECT_EQ(step.got.size(), own.size());
  EXPECT_EQ(sender.close(), Closing::kDone);
}

}  // namespace
}  // namespace weir::detail
