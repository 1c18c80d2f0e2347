#include "kafka/transaction_chain.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "kafka/open_partitions.hpp"
#include "kafka/sent_fate.hpp"
#include "kafka/waits.hpp"
#include "output/segment.hpp"
#include "weir/errors.hpp"

namespace weir::detail::kafka {
namespace {

// A record that is refused makes the transaction after its own fail too, so the third tells.
constexpr int kMostRefusals = 2;

}  // namespace

TransactionChain::TransactionChain(TransactionSettings settings, std::uint64_t execution, std::filesystem::path used_id,
                                   rd_kafka_t* reader, const ClientEvents& reader_events, Patience& patience,
                                   bool expected, const os::File* waiting, const Judge& judge)
    : settings_{std::move(settings)},
      execution_{execution},
      used_id_{used_id},
      sent_{used_id.replace_extension(".sent")},
      reader_{reader, reader_events, settings_.output, settings_.group, settings_.log, patience},
      patience_{&patience} {
  patience_->begin("the start of the run is");
  choose_topics(waiting);
  while (producer_ == nullptr) {
    renew(expected, judge);
  }
}

void TransactionChain::put(const os::File& segment, const OutputToken& token, std::uint64_t begin) {
  patience_->begin(fmt::format("{} bytes of decided output are", segment.length()));
  refusals_ = 0;
  while (true) {
    if (producer_ == nullptr) {
      choose_topics(&segment);
      renew_later();
    }
    if (producer_ != nullptr && token_.end >= token.end) {
      return;  // a transaction that seemed to fail did not
    }
    if (producer_ == nullptr) {
      continue;
    }
    if (token_.end != begin) {
      output::refuse_output(settings_.output.topic,
                            fmt::format("holds {} bytes of records by its token, and held {}: the brokers have lost "
                                        "epochs that they had acknowledged",
                                        token_.end, begin));
    }
    try {
      send(segment, token);
      return;
    } catch (const ClientError& failure) {
      endure(failure, producer_->timed_out());
    }
  }
}

void TransactionChain::keep() {
  if (Clock::now() - committed_at_ < waits().commit_again) {
    return;
  }
  patience_->begin("the token, which the brokers would forget, is");
  refusals_ = 0;
  choose_topics(nullptr);
  if (producer_ != nullptr) {
    try {
      producer_->send(token_);
      static_cast<void>(look(true));
      committed_at_ = Clock::now();
      if (!producer_->disturbed()) {
        return;
      }
      producer_ = nullptr;
    } catch (const ClientError& failure) {
      endure(failure, producer_->timed_out());
    }
  }
  while (producer_ == nullptr) {
    renew_later();  // which commits it
  }
}

// After the start: there is a token.
void TransactionChain::renew_later() {
  renew(true, [this](const std::optional<OutputToken>& found) {
    if (!found) {
      throw RecoveryError{RecoveryError::Kind::kRefused,
                          fmt::format("recovery: the brokers have lost the offset of group \"{}\", which says what "
                                      "they hold of \"{}\"",
                                      settings_.group, settings_.output.topic)};
    }
    return *found;
  });
}

// If it fails for now there is no producer after it.
void TransactionChain::renew(bool expected, const Judge& judge) {
  bool timed_out = false;
  try {
    OutputToken token = judge(settle(expected));
    token.execution = execution_;
    const std::string id = fmt::format("{}.{}.{}", settings_.group, execution_, producers_);
    used_id_.set(id);
    ++producers_;
    auto producer = std::make_unique<TransactionalProducer>(settings_, id, *patience_);
    settings_.log.info(fmt::format("transactions are named \"{}\" and follow \"{}\"", id, token.text()));
    try {
      producer->send(token);
    } catch (const ClientError&) {
      timed_out = producer->timed_out();
      throw;
    }
    static_cast<void>(look(true));
    token_ = token;
    committed_at_ = Clock::now();
    if (!producer->disturbed()) {
      producer_ = std::move(producer);
    }
  } catch (const ClientError& failure) {
    endure(failure, timed_out);
  }
}

// The brokers acknowledge a commit before they write its end to the partitions. If they are killed between, they may
// never do that, and the epoch is only there when its token is.
void TransactionChain::send(const os::File& segment, const OutputToken& token) {
  producer_->send(segment, token, [&](std::vector<SentPartition> partitions) {
    sent_.write({.id = *used_id_.last(), .token = token, .partitions = std::move(partitions)});
  });
  const bool disturbed = producer_->disturbed();
  const std::optional<OutputToken> found = look(true);
  if (!found || found->end < token.end) {
    throw ClientError{Failing::kForNow, "a transaction was committed, and its token is not there"};
  }
  token_ = token;
  committed_at_ = Clock::now();
  if (disturbed || producer_->disturbed()) {
    settings_.log.debug("a connection was closed while an epoch was committed: a new producer follows");
    producer_ = nullptr;
  }
}

// Ends what is left under the last id, and looks what Kafka holds then. The destruction of the producer is no end of a
// transaction: whatever it began is ended by now.
std::optional<OutputToken> TransactionChain::settle(bool expected) {
  if (!used_id_.last()) {
    return look(expected);
  }
  TransactionalProducer last{settings_, *used_id_.last(), *patience_};
  std::optional<OutputToken> found;
  bool held = false;
  try {
    found = look(expected);
  } catch (const HeldToken&) {
    held = true;
  }
  // Without the file, no commit of records was asked for.
  const SentEpoch sent = sent_.read().value_or(SentEpoch{});
  // A token that the brokers have forgotten is for others to judge.
  const bool known = !held && (!found || found->end >= sent.token.end);
  if (!known) {
    found = mend(last, sent, held, expected);
  }
  end_what_is_open(last, sent);
  return found;
}

// What a transaction may have left open that is to be aborted: the records of an epoch that was not sent completely.
// Other producers may have transactions there too, which this does not touch.
void TransactionChain::end_what_is_open(TransactionalProducer& last, const SentEpoch& sent) {
  std::set<std::string> topics = topics_;
  for (const SentPartition& each : sent.partitions) {
    topics.insert(each.partition.topic);
  }
  const std::vector<OpenPartition> open = open_partitions(topics, settings_, *patience_);
  if (open.empty()) {
    return;
  }
  if (const SentFate fate = fate_of(sent, settings_, *patience_); !fate.hanging.empty()) {
    throw_committed_in_part(sent, fate);  // by its token
  }
  std::vector<TopicPartition> partitions;
  std::ranges::transform(open, std::back_inserter(partitions), &OpenPartition::partition);
  last.abort_left(partitions, sent.token);
  const auto ended = static_cast<std::size_t>(
      std::ranges::count_if(open, [left = open_partitions(topics, settings_, *patience_)](const OpenPartition& each) {
        return std::ranges::none_of(left, [&](const OpenPartition& other) {
          return other.partition == each.partition && other.stable_end == each.stable_end;
        });
      }));
  if (ended > 0) {
    settings_.log.warning(
        fmt::format("the brokers had not ended transaction \"{}\" in {} partitions, since they were restarted while it "
                    "was aborted; it is ended now",
                    *used_id_.last(), ended));
  }
}

void TransactionChain::choose_topics(const os::File* waiting) {
  topics_ = waiting != nullptr ? topics_of(*waiting) : std::set<std::string>{};
  topics_.insert(settings_.output.topic);
}

// A coordinator that starts again while it ends a transaction may leave out partitions and the token, and take it for
// ended (Kafka 4.4). Nobody but this id's producer can end it there: it aborts. That is right if readers see nothing of
// the epoch, which is then sent again. If they see it in all its partitions, only the token was left out.
std::optional<OutputToken> TransactionChain::mend(TransactionalProducer& last, const SentEpoch& sent, bool held,
                                                  bool expected) {
  const SentFate fate = fate_of(sent, settings_, *patience_);
  if (!fate.hanging.empty() && (fate.committed || sent.id != used_id_.last())) {
    throw_committed_in_part(sent, fate);
  }
  if (held && !fate.committed && !fate.unknown.empty()) {
    throw ClientError{Failing::kForNow,
                      fmt::format("whether transaction \"{}\" is committed cannot be seen in {}, where another "
                                  "transaction is open or records were deleted",
                                  sent.id, fate.unknown.front().name())};
  }
  std::optional<OutputToken> found;
  if (held || !fate.hanging.empty()) {
    std::vector<TopicPartition> hanging;
    std::ranges::transform(fate.hanging, std::back_inserter(hanging), &SentPartition::partition);
    last.abort_left(hanging, sent.token);
    settings_.log.warning(
        fmt::format("the brokers had not ended transaction \"{}\" for its token and in {} partitions, "
                    "since they were restarted; it is ended now, and its epoch is {}",
                    *used_id_.last(), fate.hanging.size(), fate.committed ? "there" : "sent again"));
    if (!fate_of(sent, settings_, *patience_).hanging.empty()) {
      throw ClientError{Failing::kForNow, "the brokers have not ended a transaction yet"};
    }
  }
  found = look(expected);
  if (fate.committed && (!found || found->end < sent.token.end)) {
    found = sent.token;
  }
  return found;
}

// Nobody can commit it there any more, and an abort is for an operator to decide.
void TransactionChain::throw_committed_in_part(const SentEpoch& sent, const SentFate& fate) const {
  const SentPartition& first = fate.hanging.front();
  throw ClientError{
      Failing::kForNow,
      fmt::format("the brokers have committed transaction \"{}\", and left it open in {} of {} partitions; end it by "
                  "kafka-transactions.sh --bootstrap-server {} abort --topic {} --partition {} --start-offset {}, and "
                  "so in the others: this epoch's records there are lost then",
                  sent.id, fate.hanging.size(), sent.partitions.size(), settings_.output.cluster.brokers(),
                  first.partition.topic, first.partition.number, first.first)};
}

std::optional<OutputToken> TransactionChain::look(bool expected) {
  std::optional<OutputToken> found = reader_.read(expected);
  // No run but this one has its number, unless the recovery directory was copied.
  const std::uint64_t most = producers_ == 0 ? execution_ - 1 : execution_;
  if (found && found->execution > most) {
    refuse_as_used(fmt::format("execution {} of this dataflow has taken over", found->execution));
  }
  return found;
}

// Whether to try again. Two runs that fence each other must not go on for ever; but a transaction that was open for too
// long fails with the same error.
void TransactionChain::endure(const ClientError& failure, bool timed_out) {
  producer_ = nullptr;
  if (failure.failing() == Failing::kFenced && !timed_out) {
    static_cast<void>(settle(false));
    refuse_as_used(failure.what());
  }
  if (failure.failing() == Failing::kRefused && ++refusals_ > kMostRefusals) {
    throw std::runtime_error{fmt::format("Kafka refuses the output: {}", failure.what())};
  }
  settings_.log.debug(
      fmt::format("a transaction failed and is made again if Kafka does not have it: {}", failure.what()));
  patience_->pause(failure.what());
}

void TransactionChain::refuse_as_used(const std::string& how) const {
  throw RecoveryError{
      RecoveryError::Kind::kInUse,
      fmt::format("recovery: another process uses \"{}\" of topic \"{}\", and this one is execution {}: {}; "
                  "stop one of them, and resume from the newest copy of the recovery directory",
                  settings_.group, settings_.output.topic, execution_, how)};
}

}  // namespace weir::detail::kafka
