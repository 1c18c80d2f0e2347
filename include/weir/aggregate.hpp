#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "weir/aggregator.hpp"
#include "weir/aggregators/collect.hpp"
#include "weir/aggregators/count.hpp"
#include "weir/aggregators/extremes.hpp"
#include "weir/aggregators/fold.hpp"
#include "weir/aggregators/mean.hpp"
#include "weir/aggregators/of.hpp"
#include "weir/aggregators/reduce.hpp"
#include "weir/aggregators/sum.hpp"
#include "weir/aggregators/top_n.hpp"
#include "weir/detail/snapshot/state_settings.hpp"

namespace weir::detail {

inline snapshot::StateSettings settings_of_top_n(std::size_t n) {
  return snapshot::StateSettings{}.at_most("n", static_cast<std::int64_t>(std::min<std::size_t>(n, INT64_MAX)));
}

/// What the states of an aggregator depend on beside their type.
template <typename A>
snapshot::StateSettings settings_of(const A& aggregator) {
  if constexpr (requires { aggregator.settings(); }) {
    return aggregator.settings();
  } else {
    return {};
  }
}
template <typename By>
snapshot::StateSettings settings_of(const agg::TopN<By>& top) {
  return settings_of_top_n(top.n);
}
template <typename By, typename A>
snapshot::StateSettings settings_of(const agg::Of<By, A>& of) {
  return settings_of(of.aggregator);
}

}  // namespace weir::detail
