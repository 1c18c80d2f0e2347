#pragma once

#include <vector>

namespace weir::bench {

/// The value with as many below as above.
/// @param values  at least one
double median(std::vector<double> values);

/// How far apart the middle half of the values lies, as a share of their median.
double middle_spread(std::vector<double> values);

/// How likely two samples differ by as much as these if they came from the same distribution: the two-sided p of the
/// Mann-Whitney U test, exact up to 40 values in all and by the normal approximation beyond.
/// @see H. B. Mann, D. R. Whitney, "On a test of whether one of two random variables is stochastically larger than the
/// other", 1947
double mann_whitney_p(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace weir::bench
