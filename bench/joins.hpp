#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "mix.hpp"
#include "workloads.hpp"

// J: a join of two streams
//
// Two streams of N items each, such as orders and their payments: every key is once in each. Left item n has the key
// mix(n) and the value n. The right stream has the same keys in blocks of 100,000, each shuffled: right item n of the
// block that begins at b has the key mix(m), m = b + (n - b) * 61803 % 100000, and the value mix(m) >> 32; what is left
// behind the last whole block comes in the left stream's order. Read in turn, up to 50,000 keys wait for their other
// side. Source worker w of W yields the items with n % W == w of both streams, ascending. They are made on the fly;
// that cost belongs to the run.
//
// The job: put out (key, left, right) when both sides are there, and forget the key. Items count on both sides: 2 N.
//
// Answer: how many were put out, and the sum of their `pair_figure`s, which depend on key and both values.

namespace weir::bench {

inline constexpr std::uint64_t kJoinBlock = 100'000;

using JoinItem = std::pair<std::uint64_t, std::uint64_t>;  ///< key and value

/// Item number n of the left stream.
inline JoinItem make_left(std::uint64_t n) { return {mix(n), n}; }

/// Item number n of a right stream of `items`.
inline JoinItem make_right(std::uint64_t n, std::uint64_t items) {
  constexpr std::uint64_t kStride = 61'803;  // shares no factor with the block's size
  const std::uint64_t block = n / kJoinBlock * kJoinBlock;
  const std::uint64_t m = items - block < kJoinBlock ? n : block + (n - block) * kStride % kJoinBlock;
  return {mix(m), mix(m) >> 32};
}

/// A number that depends on the key and on both values.
inline std::uint64_t pair_figure(std::uint64_t key, std::uint64_t left, std::uint64_t right) {
  return mix(mix(key ^ left) + right);
}

/// Counts a pair that is put out.
inline void tally_pair(Tally& tally, std::uint64_t key, std::uint64_t left, std::uint64_t right) {
  ++tally.outputs;
  tally.sum += pair_figure(key, left, right);
}

inline std::optional<Outcome> known_join(std::uint64_t items) {
  switch (items) {
    case 500'000:
      return Outcome{.events = 1'000'000, .outputs = 500'000, .sum = 3'217'041'516'851'628'858U};
    case 5'000'000:
      return Outcome{.events = 10'000'000, .outputs = 5'000'000, .sum = 16'336'521'509'832'731'756U};
    default:
      return std::nullopt;
  }
}

}  // namespace weir::bench
