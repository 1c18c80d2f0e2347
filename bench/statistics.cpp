#include "statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace weir::bench {
namespace {

double quantile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

// By U, in how many ways n values and m values can be put in order: those that end in one of the n, whose U is m more,
// and those that end in one of the m.
std::vector<double> ways_by_u(std::size_t n, std::size_t m) {
  std::vector<std::vector<double>> ways(n + 1, std::vector<double>(n * m + 1));  // by how many of the n; m counts up
  for (std::size_t i = 0; i <= n; ++i) {
    ways[i][0] = 1;
  }
  for (std::size_t j = 1; j <= m; ++j) {
    for (std::size_t i = 1; i <= n; ++i) {
      for (std::size_t u = i * j + 1; u-- > j;) {
        ways[i][u] += ways[i - 1][u - j];
      }
    }
  }
  return ways[n];
}

}  // namespace

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return quantile(values, 0.5);
}

double middle_spread(std::vector<double> values) {
  std::ranges::sort(values);
  return (quantile(values, 0.75) - quantile(values, 0.25)) / quantile(values, 0.5);
}

double mann_whitney_p(const std::vector<double>& a, const std::vector<double>& b) {
  double u = 0;
  for (const double x : a) {
    for (const double y : b) {
      u += x > y ? 1 : x == y ? 0.5 : 0;
    }
  }
  const auto n = static_cast<double>(a.size());
  const auto m = static_cast<double>(b.size());
  const double least = std::min(u, n * m - u);
  if (a.size() + b.size() > 40) {
    const double deviation = std::sqrt(n * m * (n + m + 1) / 12);
    return deviation == 0 ? 1 : std::min(1.0, std::erfc((n * m / 2 - least - 0.5) / deviation / std::sqrt(2.0)));
  }
  const std::vector<double> ways = ways_by_u(a.size(), b.size());
  double all = 0;
  double as_far = 0;
  for (std::size_t at = 0; at < ways.size(); ++at) {
    all += ways[at];
    as_far += static_cast<double>(at) <= least ? ways[at] : 0;
  }
  return std::min(1.0, 2 * as_far / all);
}

}  // namespace weir::bench
