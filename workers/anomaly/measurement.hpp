#pragma once

#include <cmath>
#include <string>

#include <weir/weir.hpp>

#include "instant.hpp"

namespace anomaly {

/// What a metric was at some time.
struct Measurement {
  std::string key;
  Instant time;
  double value;
};

/// {"key":"cpu0","time":1772438400000,"value":0.93}
/// @throws weir::JsonError
inline void from_json(const weir::JsonValue& json, Measurement& to) {
  constexpr double kMost = 1e100;  // the squares of greater numbers do not add up
  json["key"].get(to.key);
  to.time = read_time(json);
  const weir::JsonValue value = json["value"];
  value.get(to.value);
  if (std::abs(to.value) > kMost) {
    value.fail("\"value\": expected a number from -1e100 to 1e100");
  }
}

inline void to_json(weir::JsonWriter& json, const Measurement& measured) {
  json.begin_object();
  json.member("key", measured.key);
  write_time(json, measured.time);
  json.member("value", measured.value);
  json.end_object();
}

}  // namespace anomaly
