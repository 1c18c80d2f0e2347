#include "kafka/lookup.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "kafka/client_errors.hpp"
#include "kafka/configuration.hpp"
#include "kafka/waits.hpp"
#include "weir/errors.hpp"

namespace weir::detail::kafka {
namespace {

using Clock = std::chrono::steady_clock;

// So that a refused login is seen soon: the client itself repeats it until the time is up.
constexpr std::chrono::milliseconds kSlice{1'000};
constexpr std::chrono::milliseconds kPauseBetweenTries{50};

std::chrono::milliseconds until(Clock::time_point when) {
  return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(when - Clock::now()),
                  std::chrono::milliseconds{1});
}

}  // namespace

Lookup::Lookup(const Reading& reading, const Log& log, const std::string& group)
    : brokers_{reading.cluster.brokers()}, group_{group}, log_{log} {
  Properties own{{"isolation.level", "read_committed"}};
  if (!group.empty()) {
    own["group.id"] = group;
  }
  Conf configuration =
      make_configuration(RD_KAFKA_CONSUMER, brokers_, reading.cluster.properties(), reading.properties, own);
  log_.take_from(*configuration);
  rd_kafka_conf_set_events(configuration.get(), RD_KAFKA_EVENT_ERROR);
  client_ = make_client(RD_KAFKA_CONSUMER, std::move(configuration));
  if (!group.empty()) {
    rd_kafka_poll_set_consumer(client_.get());  // so that errors of the group come too
  }
  events_.reset(group.empty() ? rd_kafka_queue_get_main(client_.get()) : rd_kafka_queue_get_consumer(client_.get()));
}

template <typename Ask>
auto Lookup::answer_of(const std::string& question, Ask ask) {
  const Clock::time_point end = Clock::now() + waits().first_answer;
  while (true) {
    auto answer = ask(std::min(kSlice, until(end)));
    if (answer.value) {
      return std::move(*answer.value);
    }
    take_events();
    if (login_refused_ || group_refused_ || !is_passing(answer.error) || Clock::now() >= end) {
      give_up(question, answer.error, answer.about);
    }
    std::this_thread::sleep_for(kPauseBetweenTries);
  }
}

std::vector<TopicPartition> Lookup::partitions(const TopicChoice& topics) {
  const std::string question = "for its topics";
  const Clock::time_point begin = Clock::now();
  while (true) {
    const TopicSizes sizes =
        answer_of(question, [&](std::chrono::milliseconds limit) { return ask_sizes(client_.get(), topics, limit); });
    const bool may_come = std::ranges::any_of(sizes.failed, [](const auto& each) { return is_passing(each.second); });
    if (!may_come || Clock::now() - begin >= waits().missing_topic) {
      return partitions_of(sizes, topics);
    }
    std::this_thread::sleep_for(kPauseBetweenTries);
  }
}

std::optional<std::size_t> Lookup::size_of(const std::string& topic) {
  const Clock::time_point begin = Clock::now();
  while (true) {
    const TopicSizes sizes = answer_of("for topic \"" + topic + "\"", [&](std::chrono::milliseconds limit) {
      return ask_sizes(client_.get(), TopicChoice{{topic}}, limit);
    });
    if (const auto found = sizes.partitions.find(topic); found != sizes.partitions.end()) {
      return static_cast<std::size_t>(found->second);
    }
    const bool none = std::ranges::all_of(
        sizes.failed, [](const auto& each) { return each.second == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART; });
    if (none || Clock::now() - begin >= waits().missing_topic) {
      return std::nullopt;
    }
    std::this_thread::sleep_for(kPauseBetweenTries);
  }
}

std::vector<TopicPartition> Lookup::partitions_of(const TopicSizes& sizes, const TopicChoice& topics) const {
  if (!sizes.failed.empty()) {
    const auto& [topic, error] = *sizes.failed.begin();
    throw UsageError{fmt::format("topic \"{}\" of Kafka at {} cannot be read: {}", topic, brokers_,
                                 error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
                                     ? "there is none, or it may not be seen with this login"
                                     : rd_kafka_err2str(error))};
  }
  std::vector<TopicPartition> partitions;
  for (const auto& [topic, count] : sizes.partitions) {
    for (std::int32_t number = 0; number < count; ++number) {
      partitions.push_back({topic, number});
    }
  }
  if (partitions.empty()) {
    throw UsageError{fmt::format("no topic of Kafka at {} matches {}", brokers_, topics.quoted_patterns())};
  }
  return partitions;
}

std::vector<std::int64_t> Lookup::offsets(const std::vector<TopicPartition>& partitions, std::int64_t time) {
  return answer_of("for offsets", [&](std::chrono::milliseconds limit) {
    return ask_offsets(client_.get(), partitions, time, limit);
  });
}

std::vector<std::optional<std::int64_t>> Lookup::committed(const std::vector<TopicPartition>& partitions) {
  return answer_of(fmt::format("for the offsets of group \"{}\"", group_),
                   [&](std::chrono::milliseconds limit) { return ask_committed(client_.get(), partitions, limit); });
}

void Lookup::take_events() {
  while (const Event event{rd_kafka_queue_poll(events_.get(), 0)}) {
    const rd_kafka_resp_err_t error = rd_kafka_event_error(event.get());
    if (rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_ERROR || login_refused_) {
      continue;
    }
    login_refused_ = is_refused_login(error);
    group_refused_ = group_refused_ || error == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
    if (const char* const words = rd_kafka_event_error_string(event.get()); says_more(error, words, words_)) {
      words_ = words;
    }
  }
}

void Lookup::give_up(const std::string& question, rd_kafka_resp_err_t error, const std::string& about) const {
  if (login_refused_) {
    throw UsageError{fmt::format("Kafka at {} refuses the login: {}", brokers_, words_)};
  }
  if (group_refused_) {
    throw UsageError{fmt::format("Kafka at {} was asked {}, and refuses: {}; the group needs the right to be read",
                                 brokers_, question, rd_kafka_err2str(RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED))};
  }
  if (!is_passing(error)) {
    throw UsageError{fmt::format("Kafka at {} was asked {}, and refuses{}{}: {}", brokers_, question,
                                 about.empty() ? "" : " for ", about, rd_kafka_err2str(error))};
  }
  throw UsageError{fmt::format("Kafka at {} was asked {}, and gave no answer within {:g} s{}{}: {}", brokers_, question,
                               in_seconds(waits().first_answer), about.empty() ? "" : " for ", about,
                               words_.empty() ? rd_kafka_err2str(error) : words_)};
}

}  // namespace weir::detail::kafka
