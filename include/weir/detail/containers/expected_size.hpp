#pragma once

#include <concepts>
#include <cstddef>

namespace weir::detail::containers {

/// A container that can be told how large it will become.
template <typename V>
concept Reservable = requires(V& container, const V& finished, std::size_t size) {
  container.reserve(size);
  { finished.size() } -> std::convertible_to<std::size_t>;
};

/// Predicts the size of folds that are containers: the running mean of the completed ones. A fold that reserves its
/// room at once is not moved as it grows.
template <typename V>
class ExpectedSize {
 public:
  void reserve(V& /*fold*/) const noexcept {}
  void note(const V& /*finished*/) noexcept {}
};

template <Reservable V>
class ExpectedSize<V> {
 public:
  void reserve(V& fold) const { fold.reserve(static_cast<std::size_t>(mean_ * kRoom + 1)); }
  void note(const V& finished) noexcept { mean_ += (static_cast<double>(finished.size()) - mean_) / kWindow; }

 private:
  static constexpr double kRoom = 1.25;  // so that folds above the mean move less often
  static constexpr double kWindow = 64;
  double mean_ = 0;
};

}  // namespace weir::detail::containers
