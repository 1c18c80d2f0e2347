#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <weir/weir.hpp>

/// A point in time as logs have it: milliseconds since 1970-01-01 UTC.
using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

/// The member `time` of a record, from 1973 to 2115. Numbers outside are mistakes: today's time has fewer seconds, and
/// more microseconds.
/// @throws weir::JsonError
inline Instant read_time(const weir::JsonValue& record) {
  constexpr std::int64_t kLeast = 100'000'000'000;
  constexpr std::int64_t kMost = 4'600'000'000'000;
  constexpr const char* kExpected = "\"time\": expected milliseconds since 1970, from 100000000000 to 4600000000000";
  const weir::JsonValue time = record["time"];
  if (time.kind() != weir::JsonValue::Kind::kNumber) {
    time.fail(kExpected);
  }
  const auto milliseconds = time.get<std::int64_t>();
  if (milliseconds < kLeast || milliseconds > kMost) {
    time.fail(kExpected + std::string{", found "} + std::to_string(milliseconds));
  }
  return Instant{std::chrono::milliseconds{milliseconds}};
}

inline void write_time(weir::JsonWriter& record, Instant time) {
  record.member("time", std::int64_t{time.time_since_epoch().count()});
}
