// What sources and sinks throw besides polling and writing names the step, and is endured where failures are.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "temporary_folder.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;

/// Which function throws.
enum class Where : std::uint8_t {
  kPartitions,
  kResources,
  kOpen,
  kBeginsWithPosition,
  kEnds,
  kBounded,
  kReplayable,
  kPoll,
  kLeftOver,
  kPosition,
  kSinkOpen,
  kSinkResources,
  kNowhere
};

template <typename Failure>
struct Fails {
  Where where;
  void at(Where here) const {
    if (where == here) {
      throw Failure{"no connection"};
    }
  }
};

template <typename Failure>
class FailingPartition final : public SourcePartition<int> {
 public:
  explicit FailingPartition(Fails<Failure> fails) : fails_{fails} {}

  Poll poll(Emit<int>& emit) override {
    fails_.at(Where::kPoll);
    emit(1);
    return Poll::end();
  }
  [[nodiscard]] std::string position() const override { return with(Where::kPosition, std::string{"1"}); }
  [[nodiscard]] bool begins_with_position() const override { return with(Where::kBeginsWithPosition, false); }
  [[nodiscard]] bool ends() const override { return with(Where::kEnds, true); }
  [[nodiscard]] bool bounded() const override { return with(Where::kBounded, true); }
  [[nodiscard]] bool replayable() const override { return with(Where::kReplayable, true); }
  [[nodiscard]] std::string left_over() const override { return with(Where::kLeftOver, std::string{}); }

 private:
  template <typename T>
  T with(Where here, T value) const {
    fails_.at(here);
    return value;
  }

  Fails<Failure> fails_;
};

template <typename Failure>
struct FailingSource {
  using Item = int;
  Fails<Failure> fails;

  [[nodiscard]] std::vector<std::string> partitions() const {
    fails.at(Where::kPartitions);
    return {"numbers"};
  }
  [[nodiscard]] std::vector<Resource> resources() const {
    fails.at(Where::kResources);
    return {};
  }
  [[nodiscard]] std::unique_ptr<SourcePartition<int>> open(const std::string& /*name*/,
                                                           const std::optional<std::string>& /*position*/,
                                                           const OpenContext& /*context*/) const {
    fails.at(Where::kOpen);
    return std::make_unique<FailingPartition<Failure>>(fails);
  }
};

class TakingPartition final : public SinkPartition<int> {
 public:
  void write(int&& /*item*/) override {}
};

template <typename Failure>
struct FailingSink {
  Fails<Failure> fails;

  [[nodiscard]] std::vector<Resource> resources() const {
    fails.at(Where::kSinkResources);
    return {};
  }
  template <typename T>
  [[nodiscard]] std::unique_ptr<SinkPartition<T>> open(const OpenContext& /*context*/) const {
    fails.at(Where::kSinkOpen);
    return std::make_unique<TakingPartition>();
  }
};

template <typename Failure>
void run_with(Where where) {
  const TemporaryFolder folder;
  Dataflow flow{"fails"};
  flow.input("numbers", FailingSource<Failure>{{where}}) | op::output("numbers_out", FailingSink<Failure>{{where}});
  RunOptions options;
  options.workers = 2;
  options.recovery = folder.path("recovery");
  run(flow, options);
}

TEST(ASourceOrSink, ThatThrowsAnywhereNamesItsStep) {
  EXPECT_NO_THROW(run_with<std::runtime_error>(Where::kNowhere));
  for (int number = 0; number < static_cast<int>(Where::kNowhere); ++number) {
    const auto where = static_cast<Where>(number);
    SCOPED_TRACE(number);
    const std::string id = where < Where::kSinkOpen ? "numbers" : "numbers_out";
    try {
      run_with<std::runtime_error>(where);
      ADD_FAILURE() << "no error";
    } catch (const StepError& error) {
      EXPECT_EQ(error.step_id(), id);
      EXPECT_THAT(error.what(), ::testing::StartsWith("step \"" + id + "\": "));
      EXPECT_THAT(error.what(), ::testing::EndsWith(": no connection"));
      EXPECT_THROW(std::rethrow_if_nested(error), std::runtime_error);
    }
  }
}

TEST(ASourceOrSink, ThatCannotBeRightSaysSoByItself) {
  for (const Where where : {Where::kPartitions, Where::kOpen, Where::kSinkOpen}) {
    EXPECT_THROW(run_with<UsageError>(where), UsageError);
  }
}

/// Numbers up to 1,000, of a server that fails at 500, and then cannot be reached a few times.
struct Server {
  int failed_opens = 0;
  std::stop_source* stops = nullptr;  ///< when it cannot be reached
  std::exception_ptr refusal = std::make_exception_ptr(std::runtime_error{"connection refused"});
  std::atomic<int> opens = 0;
};

class ServedPartition final : public SourcePartition<int> {
 public:
  ServedPartition(Server& server, int next) : server_{&server}, next_{next} {}

  Poll poll(Emit<int>& emit) override {
    while (emit.open()) {
      if (next_ == 500 && server_->opens == 1) {
        throw std::runtime_error{"connection lost"};
      }
      if (next_ == 1'000) {
        return Poll::end();
      }
      emit(int{next_++});
    }
    return Poll::more();
  }
  [[nodiscard]] std::string position() const override { return std::to_string(next_); }

 private:
  Server* server_;
  int next_;
};

struct ServedSource {
  using Item = int;
  Server* server;

  [[nodiscard]] static std::vector<std::string> partitions() { return {"numbers"}; }
  [[nodiscard]] std::unique_ptr<SourcePartition<int>> open(const std::string& /*name*/,
                                                           const std::optional<std::string>& position,
                                                           const OpenContext& /*context*/) const {
    const int before = server->opens++;
    if (before > 0 && before <= server->failed_opens) {
      if (server->stops != nullptr) {
        server->stops->request_stop();
      }
      std::rethrow_exception(server->refusal);
    }
    return std::make_unique<ServedPartition>(*server, position ? std::stoi(*position) : 0);
  }
};

RunReport run_served(Server& server, std::size_t restarts) {
  const TemporaryFolder folder;
  Dataflow flow{"served"};
  flow.input("server", ServedSource{&server}) | op::key_on("key", [](int number) { return number % 10; }) |
      op::sum_final("sum") | op::output("out", testing::Collected<std::pair<int, std::int64_t>>{});
  RunOptions options;
  options.workers = 2;
  options.recovery = folder.path("recovery");
  options.restarts = restarts;
  options.restart_delay = 1ms;
  if (server.stops != nullptr) {
    options.restart_delay = std::chrono::nanoseconds::max();
    options.stop = server.stops->get_token();
  }
  return run(flow, options);
}

TEST(ARestart, EnduresASourceThatCannotBeOpenedAgainYet) {
  Server server{.failed_opens = 2};
  const RunReport report = run_served(server, 3);
  EXPECT_EQ(report.outcome, Outcome::kDone);
  EXPECT_EQ(report.restarts, 1U);
  EXPECT_EQ(server.opens, 4);
}

// As of a file that is away or locked, or a store that is full.
TEST(ARestart, EnduresWhatWouldBeAMistakeOfTheCommandLineAtTheBeginning) {
  const std::vector<std::exception_ptr> refusals{
      std::make_exception_ptr(UsageError{"is away"}),
      std::make_exception_ptr(RecoveryError{RecoveryError::Kind::kInUse, "is locked"}),
      std::make_exception_ptr(RecoveryError{RecoveryError::Kind::kUnwritable, "is full"})};
  for (const std::exception_ptr& refusal : refusals) {
    Server server{.failed_opens = 2, .refusal = refusal};
    EXPECT_EQ(run_served(server, 3).outcome, Outcome::kDone);
    EXPECT_EQ(server.opens, 4);
  }
}

TEST(ARestart, IsNotMadeWhereTheStoreDoesNotFit) {
  Server server{.failed_opens = 2,
                .refusal = std::make_exception_ptr(RecoveryError{RecoveryError::Kind::kRefused, "is another"})};
  EXPECT_THROW(run_served(server, 3), RecoveryError);
  EXPECT_EQ(server.opens, 2);
}

TEST(ARestart, EnduresSoManyFailuresAndNoMore) {
  Server server{.failed_opens = 2};
  try {
    run_served(server, 2);
    FAIL() << "no error";
  } catch (const StepError& error) {
    EXPECT_STREQ(error.what(), "step \"server\": the source's open of partition \"numbers\" threw: connection refused");
  }
  EXPECT_EQ(server.opens, 3);
}

TEST(ARestart, IsNotWaitedForWhenTheRunIsToStop) {
  std::stop_source stop;
  Server server{.failed_opens = 1'000, .stops = &stop};
  EXPECT_THROW(run_served(server, 5), StepError);
}

}  // namespace
}  // namespace weir
