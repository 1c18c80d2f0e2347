#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>

#include <weir/weir.hpp>

#include "anomaly/measurement.hpp"
#include "anomaly/moments.hpp"

namespace anomaly {

/// What makes a value an anomaly.
struct Limits {
  double threshold = 3;        ///< more standard deviations than this from the mean
  std::uint64_t warm_up = 10;  ///< so many values of the key before it, at least
};

/// A measurement, held against the values of its key that came before it.
struct Judgement {
  Measurement measured;
  std::optional<double> mean;    ///< of the values before it; empty for the first
  std::optional<double> stddev;  ///< likewise; empty for the first two
  std::optional<double> z;       ///< standard deviations that lie between it and the mean; empty where these are 0
  bool anomaly = false;
};

inline void to_json(weir::JsonWriter& json, const Judgement& judgement) {
  json.begin_object();
  json.member("key", judgement.measured.key);
  write_time(json, judgement.measured.time);
  json.member("value", judgement.measured.value);
  json.member("mean", judgement.mean);
  json.member("stddev", judgement.stddev);
  json.member("z", judgement.z);
  json.member("anomaly", judgement.anomaly);
  json.end_object();
}

/// Where all values before were equal, whatever differs from them lies infinitely many standard deviations away.
inline Judgement judge(const Moments& before, Measurement&& measured, const Limits& limits) {
  const double value = measured.value;
  Judgement judgement;
  judgement.measured = std::move(measured);
  judgement.stddev = before.stddev();
  if (before.count > 0) {
    judgement.mean = before.mean;
  }
  bool lies_outside = false;
  if (judgement.stddev > 0.0) {
    judgement.z = (value - before.mean) / *judgement.stddev;
    lies_outside = std::abs(*judgement.z) > limits.threshold;
  } else if (judgement.stddev) {
    lies_outside = value != before.mean;
  }
  judgement.anomaly = lies_outside && before.count >= limits.warm_up;
  return judgement;
}

/// The job: a judgement for every measurement, in the order of each key. Anomalies count among the values too, so that
/// what lasts becomes usual.
inline weir::Stream<Judgement> judgements(const weir::Stream<Measurement>& measurements, const Limits& limits) {
  namespace op = weir::op;
  return measurements                               //
         | op::key_on("by_key", &Measurement::key)  //
         | op::stateful_map("judge",
                            [limits](std::optional<Moments>& moments, Measurement measured) {
                              Moments& so_far = moments ? *moments : moments.emplace();
                              Judgement judgement = judge(so_far, std::move(measured), limits);
                              so_far.add(judgement.measured.value);
                              return judgement;
                            })  //
         | op::key_rm("remove_key");
}

}  // namespace anomaly
