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

/// Foresees the size of folds that are containers: the running mean of those that were complete. A fold that gets its
/// room at once is not moved each time it has outgrown it.
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
  static constexpr double kRoom = 1.25;  // less moving of those above the mean
  static constexpr double kWindow = 64;
  double mean_ = 0;
};

}  // namespace weir::detail::containers
