#include "kafka/transaction_chain.hpp"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "weir/errors.hpp"

namespace weir::detail::kafka {
namespace {

// A record that is refused makes the transaction after its own fail too, so the third tells.
constexpr int kMostRefusals = 2;

}  // namespace

TransactionChain::TransactionChain(TransactionSettings settings, std::uint64_t execution, std::filesystem::path used_id,
                                   rd_kafka_t* reader, Patience& patience, bool expected, const Judge& judge)
    : settings_{std::move(settings)},
      execution_{execution},
      used_id_{std::move(used_id)},
      reader_{reader, settings_.output.topic, patience},
      patience_{&patience} {
  patience_->begin("the start of the run is");
  while (producer_ == nullptr) {
    renew(expected, judge);
  }
}

void TransactionChain::put(const os::File& segment, const OutputToken& token) {
  patience_->begin(fmt::format("{} bytes of decided output are", segment.length()));
  refusals_ = 0;
  while (true) {
    if (producer_ == nullptr) {
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
    if (producer_ != nullptr && token_.end >= token.end) {
      return;  // a transaction that seemed to fail did not
    }
    if (producer_ == nullptr) {
      continue;
    }
    try {
      producer_->send(segment, token);
      token_ = token;
      if (producer_->disturbed()) {
        settings_.log.debug("a connection was closed while an epoch was committed: a new producer follows");
        producer_ = nullptr;
      }
      return;
    } catch (const ClientError& failure) {
      endure(failure, producer_->timed_out());
    }
  }
}

// If it fails for now there is no producer after it.
void TransactionChain::renew(bool expected, const Judge& judge) {
  bool timed_out = false;
  try {
    settle();
    OutputToken token = judge(look(expected));
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
    if (!producer->disturbed()) {
      producer_ = std::move(producer);
    }
  } catch (const ClientError& failure) {
    endure(failure, timed_out);
  }
}

// Its destruction is no end of a transaction: whatever it began is ended by now.
void TransactionChain::settle() {
  if (used_id_.last()) {
    const TransactionalProducer fences{settings_, *used_id_.last(), *patience_};
  }
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
    settle();
    static_cast<void>(look(false));
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
