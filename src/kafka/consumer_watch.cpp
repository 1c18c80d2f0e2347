#include "kafka/consumer_watch.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "io/input_error.hpp"
#include "kafka/client_errors.hpp"
#include "kafka/client_log.hpp"
#include "kafka/configuration.hpp"
#include "kafka/position.hpp"
#include "kafka/waits.hpp"

namespace weir::detail::kafka {
namespace {

constexpr std::chrono::seconds kCommitLimit{5};
constexpr std::chrono::milliseconds kBetweenFetches{5};  // so that a fetch is of several partitions

int milliseconds_until(std::chrono::steady_clock::time_point when) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

std::string count_of(std::int32_t partitions) {
  return partitions == 1 ? "1 partition" : fmt::format("{} partitions", partitions);
}

Queue events_of(rd_kafka_t* client) {
  rd_kafka_poll_set_consumer(client);  // so that there is one queue for all events
  return Queue{rd_kafka_queue_get_consumer(client)};
}

}  // namespace

ConsumerWatch::ConsumerWatch(Of of)
    : of_{std::move(of)},
      topics_{of_.reading->topics},
      events_{events_of(of_.client)},
      commits_{*of_.client, *events_, of_.partitions, of_.reading->group.value_or(""), of_.log},
      next_check_{Clock::now() + of_.reading->refresh},
      fetch_wait_{number_property(rd_kafka_conf(of_.client), "fetch.wait.max.ms")} {
  for (const TopicPartition& partition : of_.partitions) {
    std::int32_t& size = sizes_[partition.topic];
    size = std::max(size, partition.number + 1);
  }
  thread_ = std::thread{[this] { run(); }};
}

ConsumerWatch::~ConsumerWatch() {
  {
    const std::scoped_lock lock{mutex_};
    stop_ = true;
  }
  rd_kafka_queue_yield(events_.get());
  thread_.join();
}

void ConsumerWatch::commit(std::size_t index, std::int64_t offset) {
  if (of_.reading->group) {
    commits_.add(index, offset);
    rd_kafka_queue_yield(events_.get());
  }
}

void ConsumerWatch::report_missing(std::size_t index, std::int64_t offset) {
  {
    const std::scoped_lock lock{mutex_};
    missing_.emplace(index, offset);
  }
  rd_kafka_queue_yield(events_.get());
}

void ConsumerWatch::fetch_now(std::size_t index) {
  {
    const std::scoped_lock lock{mutex_};
    dry_.insert(index);
    if (dry_.size() > 1) {
      return;
    }
  }
  rd_kafka_queue_yield(events_.get());
}

ConsumerWatch::Clock::time_point ConsumerWatch::next_turn() const {
  const std::scoped_lock lock{mutex_};
  return dry_.empty() ? next_check_ : std::min(next_check_, next_fetch_);
}

bool ConsumerWatch::stopping() const {
  const std::scoped_lock lock{mutex_};
  return stop_;
}

void ConsumerWatch::run() {
  while (!stopping()) {
    if (const Event event{rd_kafka_queue_poll(events_.get(), milliseconds_until(next_turn()))}) {
      serve_event(*event);
    }
    commits_.send();
    wake_client();
    explain_missing();
    if (!stopping() && Clock::now() >= next_check_) {
      check();
    }
  }
  const Clock::time_point end = Clock::now() + kCommitLimit;
  while (!commits_.idle() && Clock::now() < end) {
    commits_.send();
    if (const Event event{rd_kafka_queue_poll(events_.get(), 100)}) {
      serve_event(*event);
    }
  }
}

void ConsumerWatch::serve_event(rd_kafka_event_t& event) {
  if (rd_kafka_event_type(&event) == RD_KAFKA_EVENT_OFFSET_COMMIT) {
    commits_.take(event);
    return;
  }
  if (rd_kafka_event_type(&event) != RD_KAFKA_EVENT_ERROR) {
    return;
  }
  const rd_kafka_resp_err_t error = rd_kafka_event_error(&event);
  const std::string words = rd_kafka_event_error_string(&event);
  if (rd_kafka_event_error_is_fatal(&event) != 0 || error == RD_KAFKA_RESP_ERR__FATAL) {
    fail(fmt::format("Kafka's client failed for good: {}", words));
  } else if (is_lost_connection(error)) {
    if (says_more(error, words, words_)) {
      words_ = words;
    }
    // It may be one broker of many. The check tells, and until then nothing is known of the partitions.
    of_.conditions->interrupt();
    next_check_ = std::min(next_check_, Clock::now());
  }
}

// A broker answers the requests of a connection one after another, and a fetch may be before this one.
std::chrono::milliseconds ConsumerWatch::answer_limit() const { return waits().check_answer + fetch_wait_; }

void ConsumerWatch::check() {
  if (ask()) {
    next_check_ = Clock::now() + of_.reading->refresh;
  } else {
    interrupted();
    next_check_ = Clock::now() + waits().check_again;
  }
}

bool ConsumerWatch::ask() {
  const Answer<TopicSizes> sizes = ask_sizes(of_.client, topics_, answer_limit());
  if (!sizes.value || stopping()) {
    return stopping();
  }
  compare(*sizes.value);
  if (!gone_since_.empty()) {
    words_ = fmt::format("topic \"{}\" is not there, or has partitions less", gone_since_.begin()->first);
    return false;
  }
  const std::vector<std::optional<std::int64_t>> offsets = of_.conditions->offsets();
  std::vector<TopicPartition> asked;
  for (std::size_t index = 0; index < offsets.size(); ++index) {
    if (offsets[index]) {
      asked.push_back(of_.partitions[index]);
    }
  }
  const Answer<std::vector<std::int64_t>> answer = ask_offsets(of_.client, asked, kEndOffset, answer_limit());
  if (!answer.value) {
    return false;
  }
  std::vector<std::optional<std::int64_t>> ends(offsets.size());
  for (std::size_t index = 0, next = 0; index < offsets.size(); ++index) {
    if (offsets[index]) {
      ends[index] = (*answer.value)[next++];
    }
  }
  compare(offsets, ends);
  const bool was_away = of_.conditions->reach(ends);
  if (was_away && away_since_) {
    of_.log.info(fmt::format("Kafka at {} is reached again", of_.reading->cluster.brokers()));
  }
  away_since_.reset();
  words_.clear();
  return true;
}

void ConsumerWatch::compare(const TopicSizes& sizes) {
  for (const auto& [topic, size] : sizes.partitions) {
    const auto before = sizes_.find(topic);
    if (before != sizes_.end() && size < before->second) {
      if (gone_for(topic) >= waits().shrunk_topic) {
        fail(fmt::format("topic \"{}\" has {}, and had {}: it was made anew; begin with another recovery directory",
                         topic, count_of(size), before->second));
      }
      continue;
    }
    gone_since_.erase(topic);
    if (before == sizes_.end()) {
      announce(fmt::format("there is a new topic \"{}\" with {}", topic, count_of(size)));
    } else if (size > before->second) {
      announce(fmt::format("topic \"{}\" has {}, and had {}", topic, count_of(size), before->second));
    }
  }
  for (const auto& [topic, size] : sizes_) {
    if (!sizes.partitions.contains(topic) && gone_for(topic) >= waits().gone_topic) {
      fail(fmt::format("topic \"{}\" was deleted, or may not be seen any more", topic));
    }
  }
}

ConsumerWatch::Clock::duration ConsumerWatch::gone_for(const std::string& topic) {
  return Clock::now() - gone_since_.try_emplace(topic, Clock::now()).first->second;
}

void ConsumerWatch::compare(const std::vector<std::optional<std::int64_t>>& offsets,
                            const std::vector<std::optional<std::int64_t>>& ends) {
  for (std::size_t index = 0; index < ends.size(); ++index) {
    if (ends[index] && *offsets[index] > *ends[index]) {
      fail(fmt::format(
          "partition \"{}\" was read to offset {}, and Kafka holds only what is before offset {}: the topic "
          "was made anew; begin with another recovery directory",
          of_.partitions[index].name(), *offsets[index], *ends[index]));
    }
  }
}

void ConsumerWatch::announce(const std::string& change) {
  if (std::exchange(announced_, true)) {
    return;
  }
  if (of_.restart.possible()) {
    of_.restart.request(change);
  } else {
    of_.log.warning(fmt::format("{}; a run without recovery does not read them until it is started again", change));
  }
}

void ConsumerWatch::interrupted() {
  of_.conditions->interrupt();
  if (!away_since_) {
    away_since_ = Clock::now();
    next_warning_ = Clock::now();
  }
  if (Clock::now() >= next_warning_) {
    next_warning_ = Clock::now() + waits().between_warnings;
    of_.log.warning(fmt::format("Kafka at {} cannot be reached, and the input waits for it{}{}",
                                of_.reading->cluster.brokers(), words_.empty() ? "" : ": ", words_));
  }
}

// A client's thread for a broker that has stopped to fetch sleeps for up to a second. A request to the broker wakes it,
// whatever the answer.
void ConsumerWatch::wake_client() {
  std::vector<TopicPartition> partitions;
  {
    const std::scoped_lock lock{mutex_};
    if (dry_.empty() || Clock::now() < next_fetch_) {
      return;
    }
    for (const std::size_t index : std::exchange(dry_, {})) {
      partitions.push_back(of_.partitions[index]);
    }
  }
  static_cast<void>(ask_offsets(of_.client, partitions, kEndOffset, answer_limit()));
  next_fetch_ = Clock::now() + kBetweenFetches;
}

void ConsumerWatch::explain_missing() {
  std::map<std::size_t, std::int64_t> missing;
  {
    const std::scoped_lock lock{mutex_};
    missing = missing_;
  }
  for (const auto& [index, offset] : missing) {
    const TopicPartition& partition = of_.partitions[index];
    const auto low = ask_offsets(of_.client, {partition}, kFirstOffset, answer_limit());
    const auto end = ask_offsets(of_.client, {partition}, kEndOffset, answer_limit());
    if (!low.value || !end.value) {
      next_check_ = std::min(next_check_, Clock::now() + waits().check_again);
      return;
    }
    fail(fmt::format("partition \"{}\" is read at offset {}, and {}; {}", partition.name(), offset,
                     held_instead(offset, low.value->front(), end.value->front()), kHowToReadOn));
  }
}

void ConsumerWatch::fail(const std::string& what) {
  try {
    io::refuse_input(what);
  } catch (...) {
    of_.conditions->fail(std::current_exception());
  }
}

}  // namespace weir::detail::kafka
