#include "kafka/kafka_target.hpp"

#include <memory>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include "os/durable_file.hpp"
#include "weir/errors.hpp"

namespace weir::detail::kafka {
namespace {

OutputToken token_of(const output::Segment& segment, std::uint64_t end) {
  return {.execution = segment.execution, .number = segment.number, .end = end, .checksum = segment.checksum};
}

// Kafka has no token though there was one. It is true for certain if the segment's file is gone: it was in Kafka then.
OutputToken without_token(const OutputSettings& settings, const std::string& group, const output::Segment& last,
                          bool waits) {
  if (!waits) {
    return token_of(last, last.end());
  }
  if (last.offset == 0) {
    return {};
  }
  switch (settings.pending) {
    case KafkaPending::kAgain:
      return token_of(last, last.offset);
    case KafkaPending::kDrop:
      return token_of(last, last.end());
    case KafkaPending::kRefuse:
      break;
  }
  throw RecoveryError{
      RecoveryError::Kind::kRefused,
      fmt::format(
          "recovery: the brokers no longer have the offset of group \"{}\" for topic \"{}\", which says whether the "
          "last epoch's {} bytes of records are there; look at the topic, then resume with "
          "KafkaOutput::pending(KafkaPending::kAgain) to send them or with kDrop to drop them",
          group, settings.topic, last.length)};
}

void check_found(const OutputSettings& settings, const OutputToken& found, const output::Segment& last) {
  const bool known = found.end == last.offset || (found.end == last.end() && found.checksum == last.checksum);
  if (!known && last.length > 0) {
    output::refuse_output(settings.topic,
                          fmt::format("holds {} bytes of records by its token, and the recovery directory has {} to {}",
                                      found.end, last.offset, last.end()));
  }
}

void check_directory(const std::filesystem::path& used_id, const std::optional<output::Segment>& last) {
  if (last && last->end() > 0 && !os::exists(used_id)) {
    output::refuse_output(used_id.string(), "is gone, which has the name of the last transaction");
  }
}

std::filesystem::path segment_path(const std::filesystem::path& pending, const output::Segment& segment) {
  return fmt::format("{}-{}-{}", pending.string(), segment.execution, segment.number);
}

// The one of the last decided epoch, unless it is known to be in Kafka.
std::unique_ptr<os::File> waiting_segment(const std::filesystem::path& pending,
                                          const std::optional<output::Segment>& last) {
  if (!last || !os::exists(segment_path(pending, *last))) {
    return nullptr;
  }
  return std::make_unique<os::File>(segment_path(pending, *last), O_RDONLY | O_CLOEXEC);
}

std::filesystem::path checked_id_path(const std::filesystem::path& pending,
                                      const std::optional<output::Segment>& last) {
  std::filesystem::path path = pending.string() + ".txid";
  check_directory(path, last);
  return path;
}

}  // namespace

KafkaTarget::KafkaTarget(const OutputSettings& settings, std::string group, std::uint64_t execution,
                         const std::optional<output::Segment>& last, const std::filesystem::path& pending, Log log)
    : settings_{settings},
      patience_{log},
      events_{log},
      reader_{make_reader(settings, group, events_)},
      limits_{look_at_topic(reader_.get(), settings, events_)},
      chain_{{.output = settings, .limits = limits_, .group = group, .log = log},
             execution,
             checked_id_path(pending, last),
             reader_.get(),
             events_,
             patience_,
             last && last->end() > 0,
             waiting_segment(pending, last).get(),
             [&](const std::optional<OutputToken>& found) {
               const output::Segment segment = last.value_or(output::Segment{});
               if (found) {
                 check_found(settings, *found, segment);
                 return *found;
               }
               return without_token(settings, group, segment, os::exists(segment_path(pending, segment)));
             }} {}

void KafkaTarget::add(const output::Segment& segment, const os::File& bytes) {
  if (segment.end() <= length()) {
    return;
  }
  try {
    chain_.put(bytes, token_of(segment, segment.end()), segment.offset);
  } catch (const RecoveryError& error) {
    if (error.kind() == RecoveryError::Kind::kRefused) {
      // With its topic the brokers forget the token; then they say what is wrong with the topic.
      static_cast<void>(look_at_topic(reader_.get(), settings_, events_));
    }
    throw;
  }
}

}  // namespace weir::detail::kafka
