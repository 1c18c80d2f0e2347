#include "weir/quantiles.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "weir/errors.hpp"

namespace weir::agg {
namespace {

using Buckets = std::vector<QuantileSketch::Bucket>;

constexpr std::int32_t kInfinite = std::numeric_limits<std::int32_t>::max();

void add_to(Buckets& buckets, std::int32_t index) {
  const auto place = std::ranges::lower_bound(buckets, index, {}, &QuantileSketch::Bucket::index);
  if (place != buckets.end() && place->index == index) {
    ++place->count;
  } else {
    buckets.insert(place, {index, 1});
  }
}

void merge_into(Buckets& buckets, const Buckets& others) {
  Buckets merged;
  merged.reserve(buckets.size() + others.size());
  std::ranges::merge(buckets, others, std::back_inserter(merged), {}, &QuantileSketch::Bucket::index,
                     &QuantileSketch::Bucket::index);
  buckets.clear();
  for (const QuantileSketch::Bucket& bucket : merged) {
    if (!buckets.empty() && buckets.back().index == bucket.index) {
      buckets.back().count += bucket.count;
    } else {
      buckets.push_back(bucket);
    }
  }
}

void take_off(Buckets& buckets, const Buckets& part) {
  auto at = buckets.begin();
  for (const QuantileSketch::Bucket& bucket : part) {
    at = std::ranges::lower_bound(at, buckets.end(), bucket.index, {}, &QuantileSketch::Bucket::index);
    at->count -= bucket.count;
  }
  std::erase_if(buckets, [](const QuantileSketch::Bucket& bucket) { return bucket.count == 0; });
}

std::uint64_t count_of(const Buckets& buckets) {
  std::uint64_t count = 0;
  for (const QuantileSketch::Bucket& bucket : buckets) {
    count += bucket.count;
  }
  return count;
}

/// The bucket of the number with `rank` others before it.
std::int32_t index_at(const auto& buckets, std::uint64_t rank) {
  auto at = std::ranges::begin(buckets);
  while (rank >= at->count) {
    rank -= at->count;
    ++at;
  }
  return at->index;
}

}  // namespace

Quantiles::Quantiles(std::vector<double> at, double accuracy)
    : at_{std::move(at)}, accuracy_{accuracy}, log_of_width_{std::log((1 + accuracy) / (1 - accuracy))} {
  for (const double quantile : at_) {
    if (!(quantile >= 0 && quantile <= 1)) {
      throw BuildError{
          fmt::format("agg::Quantiles: {} is no quantile; one is from 0 to 1, and the median is 0.5", quantile)};
    }
  }
  if (!(accuracy >= 0.0001 && accuracy <= 0.1)) {
    throw BuildError{
        fmt::format("agg::Quantiles: an accuracy of {} is out of range; it is from 0.0001 to 0.1", accuracy)};
  }
}

void Quantiles::merge(QuantileSketch& sketch, const QuantileSketch& other) const {
  merge_into(sketch.negative, other.negative);
  merge_into(sketch.positive, other.positive);
  sketch.zeros += other.zeros;
  sketch.nans += other.nans;
}

void Quantiles::subtract(QuantileSketch& sketch, const QuantileSketch& part) const {
  take_off(sketch.negative, part.negative);
  take_off(sketch.positive, part.positive);
  sketch.zeros -= part.zeros;
  sketch.nans -= part.nans;
}

std::vector<double> Quantiles::result(const QuantileSketch& sketch) const {
  const std::uint64_t count = count_of(sketch.negative) + sketch.zeros + count_of(sketch.positive) + sketch.nans;
  if (count == 0) {  // all that was added was taken off again
    return std::vector<double>(at_.size(), std::numeric_limits<double>::quiet_NaN());
  }
  std::vector<double> numbers;
  numbers.reserve(at_.size());
  for (const double quantile : at_) {
    const double rank = std::floor(quantile * static_cast<double>(count - 1));
    numbers.push_back(number_at(sketch, std::min(static_cast<std::uint64_t>(rank), count - 1)));
  }
  return numbers;
}

weir::detail::snapshot::StateSettings Quantiles::settings() const {
  weir::detail::snapshot::StateSettings settings;
  settings.fix(fmt::format("; accuracy {}", accuracy_));
  return settings;
}

void Quantiles::add_number(QuantileSketch& sketch, double number) const {
  if (std::isnan(number)) {
    ++sketch.nans;
  } else if (number == 0) {
    ++sketch.zeros;
  } else {
    add_to(number < 0 ? sketch.negative : sketch.positive, index_of(std::abs(number)));
  }
}

double Quantiles::number_at(const QuantileSketch& sketch, std::uint64_t rank) const {
  if (const std::uint64_t negative = count_of(sketch.negative); rank >= negative) {
    rank -= negative;
  } else {
    return -magnitude_of(index_at(std::views::reverse(sketch.negative), rank));
  }
  if (rank < sketch.zeros) {
    return 0;
  }
  rank -= sketch.zeros;
  return rank < count_of(sketch.positive) ? magnitude_of(index_at(sketch.positive, rank))
                                          : std::numeric_limits<double>::quiet_NaN();
}

// Bucket i has the magnitudes above width^(i - 1), up to width^i.
std::int32_t Quantiles::index_of(double magnitude) const {
  return std::isinf(magnitude) ? kInfinite : static_cast<std::int32_t>(std::ceil(std::log(magnitude) / log_of_width_));
}

// As far from both ends, as a share of it; the last bucket reaches beyond the greatest number.
double Quantiles::magnitude_of(std::int32_t index) const {
  if (index == kInfinite) {
    return std::numeric_limits<double>::infinity();
  }
  return std::min(std::exp(index * log_of_width_) * (1 - accuracy_), std::numeric_limits<double>::max());
}

}  // namespace weir::agg
