#include "scaling.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

namespace weir::bench {
namespace {

// N / rate = a + b (N - 1) + c N (N - 1), each with a = 1 / one, b = contention / one, c = coherence / one.
using Coefficients = std::array<double, 3>;

Coefficients terms_of(const ScalingPoint& point) { return {1, point.workers - 1, point.workers * (point.workers - 1)}; }

// Gauss elimination with pivots. Nothing if the system has no single solution.
std::optional<Coefficients> solve(std::array<Coefficients, 3> matrix, Coefficients right) {
  for (std::size_t column = 0; column < 3; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column + 1; row < 3; ++row) {
      pivot = std::abs(matrix[row][column]) > std::abs(matrix[pivot][column]) ? row : pivot;
    }
    std::swap(matrix[column], matrix[pivot]);
    std::swap(right[column], right[pivot]);
    if (std::abs(matrix[column][column]) < 1e-12) {
      return std::nullopt;
    }
    for (std::size_t row = 0; row < 3; ++row) {
      if (row != column) {
        const double factor = matrix[row][column] / matrix[column][column];
        for (std::size_t i = 0; i < 3; ++i) {
          matrix[row][i] -= factor * matrix[column][i];
        }
        right[row] -= factor * right[column];
      }
    }
  }
  return Coefficients{right[0] / matrix[0][0], right[1] / matrix[1][1], right[2] / matrix[2][2]};
}

// Least squares over the terms that are used; the others are 0. `scale` keeps the numbers near 1.
std::optional<Coefficients> fit(const std::vector<ScalingPoint>& points, double scale, std::array<bool, 3> used) {
  std::array<Coefficients, 3> matrix{};
  Coefficients right{};
  for (const ScalingPoint& point : points) {
    const Coefficients terms = terms_of(point);
    for (std::size_t row = 0; row < 3; ++row) {
      for (std::size_t column = 0; column < 3; ++column) {
        matrix[row][column] += used[row] && used[column] ? terms[row] * terms[column] : 0;
      }
      right[row] += used[row] ? terms[row] * point.workers / point.rate * scale : 0;
    }
  }
  for (std::size_t i = 0; i < 3; ++i) {
    matrix[i][i] = used[i] ? matrix[i][i] : 1;
  }
  return solve(matrix, right);
}

double squared_error(const std::vector<ScalingPoint>& points, double scale, const Coefficients& found) {
  double sum = 0;
  for (const ScalingPoint& point : points) {
    const Coefficients terms = terms_of(point);
    const double error =
        found[0] * terms[0] + found[1] * terms[1] + found[2] * terms[2] - point.workers / point.rate * scale;
    sum += error * error;
  }
  return sum;
}

}  // namespace

ScalingLaw fit_scaling_law(const std::vector<ScalingPoint>& points) {
  const double scale = points.front().rate;
  ScalingLaw best{points.front().rate / points.front().workers, 0, 0};
  double least = std::numeric_limits<double>::infinity();
  for (const bool contention : {false, true}) {
    for (const bool coherence : {false, true}) {
      if (coherence && points.size() < 3) {
        continue;  // two points cannot tell one from the other
      }
      const auto found = fit(points, scale, {true, contention, coherence});
      if (!found || (*found)[0] <= 0 || (*found)[1] < 0 || (*found)[2] < 0) {
        continue;
      }
      if (const double error = squared_error(points, scale, *found); error < least) {
        least = error;
        best = {scale / (*found)[0], (*found)[1] / (*found)[0], (*found)[2] / (*found)[0]};
      }
    }
  }
  return best;
}

}  // namespace weir::bench
