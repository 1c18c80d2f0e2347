// A job that may be killed at any point of its output: numbers by key, exactly-once to a topic.
//
//   kafka_job BROKERS TOPIC FOLDER ITEMS [again|drop|refuse [PROPERTY=VALUE...]]
//   kafka_job application BROKERS INPUT OUTPUT APPLICATION INSTANCE
//
// The properties no_token.ms, token_answer.ms and between_warnings.ms are of the connector, see Waits.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "application/kafka_application.hpp"
#include "coordinator/run_access.hpp"
#include "coordinator/supervisor.hpp"
#include "kafka/waits.hpp"
#include "recovery/exit_code.hpp"
#include "weir/kafka.hpp"
#include "weir/testing_recovery.hpp"
#include "weir/weir.hpp"

namespace {

constexpr std::uint64_t kEpochItems = 40;
constexpr std::int64_t kKeys = 4;

weir::KafkaPending pending_of(std::string_view text) {
  return text == "again"  ? weir::KafkaPending::kAgain
         : text == "drop" ? weir::KafkaPending::kDrop
                          : weir::KafkaPending::kRefuse;
}

void run(const std::vector<std::string>& arguments) {
  std::vector<std::int64_t> numbers(std::stoul(arguments.at(3)));
  std::iota(numbers.begin(), numbers.end(), 0);
  weir::KafkaOutput output{weir::KafkaCluster{arguments.at(0)}, arguments.at(1),
                           weir::kafka_keyed<std::int64_t>(weir::JsonAsIs<std::int64_t>{})};
  output.set("linger.ms", "2");
  if (arguments.size() > 4) {
    output.pending(pending_of(arguments.at(4)));
  }
  for (std::size_t i = 5; i < arguments.size(); ++i) {
    const std::size_t equals = arguments[i].find('=');
    const std::string name = arguments[i].substr(0, equals);
    const std::string value = arguments[i].substr(equals + 1);
    if (name == "no_token.ms") {
      weir::detail::kafka::waits().no_token = std::chrono::milliseconds{std::stoi(value)};
    } else if (name == "between_warnings.ms") {
      weir::detail::kafka::waits().between_warnings = std::chrono::milliseconds{std::stoi(value)};
    } else if (name == "token_answer.ms") {
      weir::detail::kafka::waits().token_answer = std::chrono::milliseconds{std::stoi(value)};
    } else {
      output.set(name, value);
    }
  }
  weir::Dataflow flow{"numbers"};
  flow.input("input", weir::testing::detail::Paced<std::int64_t>{{numbers}, kEpochItems}) |
      weir::op::map("pair", [](std::int64_t n) { return std::pair{n % kKeys, n / kKeys + 1}; }) |
      weir::op::output("out", output);
  weir::RunOptions options;
  options.workers = 2;
  options.recovery = arguments.at(2);
  options.epoch_items = kEpochItems;
  const auto log = std::make_shared<spdlog::logger>("job", std::make_shared<spdlog::sinks::stderr_sink_st>());
  log->set_level(spdlog::level::warn);
  weir::detail::coordinator::Supervisor{weir::RunAccess::graph(flow), options, log}.execute();
}

// Counts the records of each key, as a process of an application, until it is killed.
void run_application(const std::vector<std::string>& arguments) {
  const weir::KafkaCluster cluster{arguments.at(1)};
  weir::Dataflow flow{"counts"};
  const auto whole = [](const weir::KafkaRecord& record) {
    return std::pair{std::string{record.key.value_or("")}, std::string{record.value.value_or("")}};
  };
  flow.input("input", weir::KafkaInput{cluster, {arguments.at(2)}, whole}) |
      weir::op::stateful_map("count",
                             [](std::optional<std::int64_t>& count, const std::string& /*value*/) {
                               count = count.value_or(0) + 1;
                               return *count;
                             }) |
      weir::op::output("out", weir::KafkaOutput{cluster, arguments.at(3), weir::KafkaText{}});
  weir::RunOptions options;
  options.workers = 2;
  options.epoch_interval = std::chrono::milliseconds{50};
  options.application = weir::detail::application::make_application(cluster, arguments.at(4), arguments.at(5));
  weir::run(flow, options);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments{argv + 1, argv + argc};
    arguments.at(0) == "application" ? run_application(arguments) : run(arguments);
    return 0;
  } catch (const weir::RecoveryError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return weir::detail::recovery::exit_code(error);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    try {
      std::rethrow_if_nested(error);
    } catch (const weir::RecoveryError& cause) {
      return weir::detail::recovery::exit_code(cause);
    } catch (const std::exception& cause) {
      std::fprintf(stderr, "%s\n", cause.what());
    }
    return 1;
  }
}
