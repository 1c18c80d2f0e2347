#include "kafka/token_reader.hpp"

#include <chrono>
#include <string_view>

#include <fmt/format.h>

#include "kafka/client_events.hpp"
#include "kafka/output_topic.hpp"
#include "kafka/questions.hpp"
#include "kafka/waits.hpp"
#include "output/segment.hpp"

namespace weir::detail::kafka {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSilentAnswers = 2;
constexpr std::chrono::milliseconds kHeldLimit{2'000};

}  // namespace

std::optional<OutputToken> TokenReader::read(bool expected) {
  const Clock::time_point end = Clock::now() + waits().no_token;
  while (true) {
    std::optional<OutputToken> token = ask();
    if (token || !expected || Clock::now() >= end) {
      return token;
    }
    patience_->pause("the brokers do not know what was sent");
  }
}

std::optional<OutputToken> TokenReader::ask() {
  const int limit = static_cast<int>(waits().token_answer.count());
  const std::string& topic = settings_->topic;
  const Partitions partitions{rd_kafka_topic_partition_list_new(1)};
  rd_kafka_topic_partition_t* const answer = rd_kafka_topic_partition_list_add(partitions.get(), topic.c_str(), 0);
  int silent = 0;
  rd_kafka_resp_err_t error = rd_kafka_committed(client_, partitions.get(), limit);
  for (; error != RD_KAFKA_RESP_ERR_NO_ERROR || answer->err != RD_KAFKA_RESP_ERR_NO_ERROR;
       error = rd_kafka_committed(client_, partitions.get(), limit)) {
    const rd_kafka_resp_err_t code = error != RD_KAFKA_RESP_ERR_NO_ERROR ? error : answer->err;
    if (failing(code) != Failing::kForNow) {
      throw ClientError{failing(code), code_words(code)};
    }
    rd_kafka_poll(client_, 0);
    if (events_->group_refused()) {
      constexpr rd_kafka_resp_err_t kRefused = RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
      throw ClientError{Failing::kRefused, fmt::format("{} (group \"{}\")", code_words(kRefused), group_)};
    }
    patience_->pause(code_words(code));
    // librdkafka asks again by itself while the token is held back, so it looks as if there were no answer.
    if (++silent >= kSilentAnswers && is_held()) {
      throw HeldToken{};
    }
  }
  if (answer->offset < 0) {
    return std::nullopt;
  }
  const std::string_view metadata{static_cast<const char*>(answer->metadata), answer->metadata_size};
  std::optional<OutputToken> token = OutputToken::of(metadata);
  if (!token) {
    output::refuse_output(topic,
                          fmt::format("has an offset of weir's group that weir did not commit, {}", answer->offset));
  }
  return token;
}

// Whether the brokers answer one who also takes what may yet change.
bool TokenReader::is_held() const {
  ClientEvents events{log_};
  const Reader reader = make_reader(*settings_, group_, events, {{"isolation.level", "read_uncommitted"}});
  return ask_committed(reader.get(), {{settings_->topic, 0}}, kHeldLimit).value.has_value();
}

}  // namespace weir::detail::kafka
