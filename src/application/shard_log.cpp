#include "application/shard_log.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "recovery/checksum.hpp"
#include "recovery/records.hpp"
#include "weir/decode_error.hpp"
#include "weir/errors.hpp"
#include "weir/serialize.hpp"

namespace weir::detail::application {
namespace {

constexpr std::size_t kSumBytes = sizeof(std::int64_t);

template <typename Number>
void append(std::string& bytes, Number number) {
  bytes += std::string_view{reinterpret_cast<const char*>(&number), sizeof(number)};
}

template <typename Number>
Number take_number(std::string_view& bytes) {
  Number number = 0;
  if (bytes.size() < sizeof(number)) {
    throw DecodeError{"a record of a shard's log is cut off"};
  }
  bytes.copy(reinterpret_cast<char*>(&number), sizeof(number));
  bytes.remove_prefix(sizeof(number));
  return number;
}

std::string_view take_text(std::string_view& bytes) {
  const auto size = take_number<std::uint64_t>(bytes);
  if (size > bytes.size()) {
    throw DecodeError{"a record of a shard's log is cut off"};
  }
  const std::string_view text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return text;
}

void append_text(std::string& bytes, std::string_view text) {
  append(bytes, static_cast<std::uint64_t>(text.size()));
  bytes += text;
}

std::int64_t sum_of(std::string_view key, std::string_view payload) {
  return recovery::Checksum{}.with(key).with(payload).value();
}

void write_sealed(const std::string& key, std::string payload, const WriteRecord& write) {
  append(payload, sum_of(key, payload));
  write(key, payload);
}

// A number at the front, up to a slash or the end.
std::uint64_t take_digits(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) {
    throw DecodeError{"a record of a shard's log has an unknown key"};
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.empty()) {
    text.remove_prefix(1);
  }
  return number;
}

std::uint32_t chunk_count(std::size_t bytes, std::size_t chunk_bytes) {
  return static_cast<std::uint32_t>(std::max<std::size_t>((bytes + chunk_bytes - 1) / chunk_bytes, 1));
}

}  // namespace

void write_head(const Head& head, const WriteRecord& write) { write_sealed("f", to_bytes(head), write); }

void write_tip(const Tip& tip, const WriteRecord& write) { write_sealed("m", to_bytes(tip), write); }

std::size_t write_delta(std::uint64_t number, const std::vector<std::pair<std::string, std::string_view>>& steps,
                        std::size_t chunk_bytes, const WriteRecord& write) {
  std::string bytes;
  for (const auto& [step, records] : steps) {
    append_text(bytes, step);
    append_text(bytes, records);
  }
  const std::uint32_t total = chunk_count(bytes.size(), chunk_bytes);
  for (std::uint32_t i = 0; i < total; ++i) {
    std::string payload;
    append(payload, total);
    payload += std::string_view{bytes}.substr(i * chunk_bytes, chunk_bytes);
    write_sealed(fmt::format("d/{}/{}", number, i), std::move(payload), write);
  }
  return bytes.size();
}

void ShardLog::take(std::string_view key, std::optional<std::string_view> value) {
  try {
    if (!value) {
      forget(key);
      return;
    }
    if (value->size() < kSumBytes) {
      throw DecodeError{"a record of a shard's log is cut off"};
    }
    const std::string_view payload = value->substr(0, value->size() - kSumBytes);
    std::string_view sum = value->substr(payload.size());
    if (take_number<std::int64_t>(sum) != sum_of(key, payload)) {
      throw DecodeError{"a checksum is wrong"};
    }
    if (key == "f") {
      head_ = from_bytes<Head>(payload);
    } else if (key == "m") {
      tip_ = from_bytes<Tip>(payload);
    } else if (key.starts_with("d/")) {
      take_delta(key.substr(2), payload);
    } else if (key.starts_with("b/")) {
      take_base(key.substr(2), payload);
    } else {
      throw DecodeError{"weir writes no records of that key"};
    }
  } catch (const DecodeError& error) {
    refuse(fmt::format("has a record \"{}\" that cannot be read: {}", key, error.what()));
  }
}

void ShardLog::take_delta(std::string_view place, std::string_view payload) {
  const std::uint64_t number = take_digits(place);
  const auto index = static_cast<std::uint32_t>(take_digits(place));
  Chunks& delta = deltas_[number];
  delta.total = take_number<std::uint32_t>(payload);
  delta.chunks[index] = std::string{payload};
}

void ShardLog::take_base(std::string_view place, std::string_view payload) {
  const auto index = static_cast<std::uint32_t>(take_digits(place));
  const auto number = take_number<std::uint64_t>(payload);
  const auto covers = take_number<std::uint64_t>(payload);
  if (number != base_number_) {  // what is left of an older one is of no use
    base_ = {};
    base_number_ = number;
  }
  base_covers_ = covers;
  base_.total = take_number<std::uint32_t>(payload);
  base_.chunks[index] = std::string{payload};
  base_slots_ = std::max(base_slots_, index + 1);
}

void ShardLog::forget(std::string_view key) {
  if (key.starts_with("d/")) {
    std::string_view place = key.substr(2);
    deltas_.erase(take_digits(place));
  }
}

void ShardLog::finish() {
  if (!tip_ && (!deltas_.empty() || !base_.chunks.empty())) {
    refuse("has states, and nothing says where they are");
  }
  if (base_.total > 0) {
    const std::string bytes = whole(base_, "its base");
    base_bytes_ = bytes.size();
    apply(bytes);
    base_.chunks.clear();
  }
  covered_ = base_covers_;
  std::uint64_t next = covered_ + 1;
  for (auto& [number, chunks] : deltas_) {
    old_.emplace_back(number, chunks.total);
    if (number <= covered_) {
      continue;  // compaction has not removed it yet
    }
    if (number != next++) {
      refuse(fmt::format("has no delta {}", next - 1));
    }
    const std::string bytes = whole(chunks, fmt::format("delta {}", number));
    delta_bytes_ += bytes.size();
    apply(bytes);
    chunks.chunks.clear();
  }
  if (tip_ && next != tip_->delta + 1) {
    refuse(fmt::format("has deltas up to {}, and its tip is {}", next - 1, tip_->delta));
  }
}

std::string ShardLog::whole(const Chunks& chunks, const std::string& what) const {
  if (chunks.chunks.size() < chunks.total) {
    refuse(fmt::format("has {} of {} parts of {}", chunks.chunks.size(), chunks.total, what));
  }
  std::string bytes;
  for (std::uint32_t i = 0; i < chunks.total; ++i) {
    bytes += chunks.chunks.at(i);
  }
  return bytes;
}

void ShardLog::apply(const std::string& payload) {
  try {
    for (std::string_view rest = payload; !rest.empty();) {
      const std::string step{take_text(rest)};
      States& states = states_[step];
      for (std::string_view records = take_text(rest); !records.empty();) {
        const snapshot::StateRecord record = recovery::take_record(records).record;
        if (record.state) {
          states.insert_or_assign(std::string{record.key}, State{record.group, std::string{*record.state}});
        } else {
          states.erase(std::string{record.key});
        }
      }
    }
  } catch (const DecodeError& error) {
    refuse(fmt::format("has states that cannot be read: {}", error.what()));
  }
}

void ShardLog::write_base(std::size_t chunk_bytes, const WriteRecord& write) const {
  std::string bytes;
  for (const auto& [step, states] : states_) {
    std::string records;
    for (const auto& [key, state] : states) {
      append(records, state.group);
      append(records, static_cast<std::uint32_t>(key.size()));
      append(records, static_cast<std::uint32_t>(state.bytes.size()));
      records += key;
      records += state.bytes;
    }
    append_text(bytes, step);
    append_text(bytes, records);
  }
  const std::uint32_t total = chunk_count(bytes.size(), chunk_bytes);
  for (std::uint32_t i = 0; i < total; ++i) {
    std::string payload;
    append(payload, base_number_ + 1);
    append(payload, tip_->delta);
    append(payload, total);
    payload += std::string_view{bytes}.substr(i * chunk_bytes, chunk_bytes);
    write_sealed(fmt::format("b/{}", i), std::move(payload), write);
  }
  for (std::uint32_t i = total; i < base_slots_; ++i) {
    write(fmt::format("b/{}", i), std::nullopt);
  }
  for (const auto& [number, chunks] : old_) {
    for (std::uint32_t i = 0; i < chunks; ++i) {
      write(fmt::format("d/{}/{}", number, i), std::nullopt);
    }
  }
}

void ShardLog::refuse(const std::string& what) const {
  throw RecoveryError{
      RecoveryError::Kind::kRefused,
      fmt::format("recovery: {} {}; the topic was changed or cut off: keep it without limits of time and size, with "
                  "cleanup.policy=compact",
                  name_, what)};
}

}  // namespace weir::detail::application
