#include "application/takeover.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "kafka/position.hpp"
#include "weir/errors.hpp"

namespace weir::detail::application {
namespace {

constexpr std::chrono::seconds kUntilMisfitIsBelieved{60};
constexpr std::uint64_t kRecordsBetweenWords = 4'096;

using Offsets = std::vector<std::optional<std::int64_t>>;

std::vector<Place> places_of(const std::vector<std::string>& topics, const coordinator::Placement& placement) {
  std::vector<Place> places;
  for (const std::uint32_t shard : placement.shards) {
    for (const std::string& topic : topics) {
      places.push_back({topic, static_cast<std::int32_t>(shard)});
    }
  }
  return places;
}

/// How far logs are read.
struct Restore {
  const std::vector<Place>& places;
  const std::vector<std::int64_t>& marks;
  std::vector<bool> read = std::vector<bool>(marks.size());
  std::vector<std::int64_t> ends =
      std::vector<std::int64_t>(marks.size(), -1);  // of what is decided; -1: not there yet
  std::uint64_t records = 0;

  // What it waits for.
  [[nodiscard]] std::string words() const {
    const auto left = std::ranges::count(read, false);
    std::string words = fmt::format("the state of {} of {} shards ({} records are read)", left, read.size(), records);
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (!read[i] && ends[i] >= 0) {
        return words + fmt::format(
                           "; at offset {} of {} there is a transaction that has not ended, and brokers end that of a "
                           "process that is gone after transaction.timeout.ms",
                           ends[i], text_of(places[i]));
      }
    }
    return words;
  }
};

std::string text_of(std::optional<std::int64_t> offset) { return offset ? fmt::format("{}", *offset) : "none"; }

// What the group says of a shard must be what its log says, since one transaction writes both. Empty if it is.
std::string misfit(const std::vector<Place>& sources, const Offsets& committed, const std::vector<ShardLog>& logs,
                   const coordinator::Placement& placement) {
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto shard = static_cast<std::uint32_t>(sources[i].partition);
    const auto worker = std::ranges::find(placement.shards, shard) - placement.shards.begin();
    const ShardLog& log = logs[static_cast<std::size_t>(worker)];
    std::optional<std::int64_t> kept;
    if (log.tip() && log.head()) {
      const std::map<Place, std::int64_t> positions = positions_of(*log.head(), *log.tip());
      const auto found = positions.find(sources[i]);
      kept = found != positions.end() ? std::optional{found->second} : std::nullopt;
    }
    if (kept != committed[i]) {
      return fmt::format("for {}/{} the group's offset is {}, and the state is that of offset {}", sources[i].topic,
                         sources[i].partition, text_of(committed[i]), text_of(kept));
    }
  }
  return {};
}

}  // namespace

std::string text_of(const Place& place) { return fmt::format("{}/{}", place.topic, place.partition); }

std::string words_of_offsets(const Names& names) {
  return fmt::format("the offsets of group \"{}\", which are given once the last owner's transaction has ended",
                     names.id);
}

std::optional<std::int64_t> offset_of(std::string_view position) {
  const std::optional<kafka::Position> parsed = kafka::Position::of(std::string{position});
  return parsed ? std::optional{parsed->offset} : std::nullopt;
}

bool is_topic_position(const std::vector<recovery::StepRecord>& steps, const std::string& step_id) {
  const auto step = std::ranges::find(steps, step_id, &recovery::StepRecord::id);
  // Clocks keep marks by partition too, and have no shape of positions.
  return step != steps.end() && step->kind == recovery::StepKind::kSource && !step->shape.empty();
}

std::map<Place, std::int64_t> positions_of(const Head& head, const Tip& tip) {
  std::map<Place, std::int64_t> positions;
  for (const Mark& mark : tip.marks) {
    const std::optional<std::int64_t> offset = offset_of(mark.bytes);
    if (offset && is_topic_position(head.steps, mark.step_id)) {
      const auto part = coordinator::TopicPart::of(mark.partition);
      positions[{std::string{part.topic}, static_cast<std::int32_t>(part.number)}] = *offset;
    }
  }
  return positions;
}

std::vector<ShardLog> read_logs(Port& port, const std::vector<Place>& places, const std::vector<std::int64_t>& marks,
                                const Check& check) {
  std::vector<ShardLog> logs;
  Restore restore{places, marks};
  std::vector<bool>& read = restore.read;
  for (const Place& place : places) {
    logs.emplace_back(text_of(place));
    read[logs.size() - 1] = marks[logs.size() - 1] == 0;
  }
  const std::unique_ptr<Reading> reading = until_answered(port, check, "the state", [&] { return port.read(places); });
  while (std::ranges::find(read, false) != read.end()) {
    const Reading::News news = reading->next();
    switch (news.kind) {
      case Reading::Kind::kRecord:
        logs[news.index].take(news.key, news.value);
        if (++restore.records % kRecordsBetweenWords == 0) {
          check(restore.words());
        }
        break;
      case Reading::Kind::kEnd:
        restore.ends[news.index] = news.offset;
        // An end before the mark is that of the stable part: a transaction there is not marked as ended yet.
        read[news.index] = read[news.index] || news.offset >= marks[news.index];
        break;
      case Reading::Kind::kNothing:
        check(restore.words());
        port.pause();
        break;
    }
  }
  for (ShardLog& log : logs) {
    log.finish();
  }
  check({});
  return logs;
}

// First the group's offsets: when those are known, no transaction that would change them is undecided, and no process
// of an older generation can begin one that succeeds. So all state that belongs to them is before the end of the logs
// as it is then. An end that was asked for earlier could miss the last transaction's state.
std::vector<ShardLog> take_over(Port& port, const Names& names, const coordinator::Placement& placement,
                                const Check& check) {
  const std::vector<Place> sources = places_of(names.topics, placement);
  const std::vector<Place> logs = places_of({names.state()}, placement);
  const Port::Time begun = port.now();
  while (true) {
    const auto ask_committed = [&] {
      return until_answered(port, check, words_of_offsets(names), [&] { return port.committed(sources); });
    };
    const auto ask_ends = [&] {
      std::vector<std::int64_t> marks;
      marks.reserve(logs.size());
      for (const Place& place : logs) {
        marks.push_back(
            until_answered(port, check, "the end of " + text_of(place), [&] { return port.end_of(place); }));
      }
      return marks;
    };
    const Offsets committed = ask_committed();
    const std::vector<std::int64_t> marks = ask_ends();
    std::vector<ShardLog> read = read_logs(port, logs, marks, check);
    const std::string wrong = misfit(sources, committed, read, placement);
    if (wrong.empty()) {
      return read;
    }
    check("offsets that fit the state: " + wrong);
    // A coordinator that starts may answer for a while that it knows no offset (KAFKA-20416).
    if (port.now() - begun >= kUntilMisfitIsBelieved) {
      throw RecoveryError{
          RecoveryError::Kind::kRefused,
          fmt::format("recovery: application \"{}\": {}; neither the offsets of group \"{}\" nor topic \"{}\" may be "
                      "changed from outside: set the offset back to that of the state, or delete both to begin anew",
                      names.id, wrong, names.id, names.state())};
    }
    port.pause();
  }
}

}  // namespace weir::detail::application
