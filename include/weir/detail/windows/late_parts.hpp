#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "weir/detail/containers/slot.hpp"
#include "weir/detail/windows/pane_grid.hpp"

namespace weir::detail::windows {

/// The late parts of an `AlignedStates`, in the order in which they are due. Compiled once, since it does not know the
/// type of the folds: a part is an object of its own.
class LateParts {
 public:
  /// Of which key, in which pane, and the first window that it counts in.
  struct Place {
    std::int64_t from;
    containers::Slot slot;
    std::int64_t pane;
  };
  struct Taken {
    Place place;
    void* part;
  };

  /// @param destroy  destroys a part
  explicit LateParts(void (*destroy)(void* part));
  LateParts(const LateParts&) = delete;
  LateParts& operator=(const LateParts&) = delete;
  ~LateParts();

  /// Null if there is none.
  [[nodiscard]] void* find(const Place& place) const;
  /// There is none yet. Owns the part, even if it throws.
  void add(const Place& place, void* part);
  /// Whether another part of the key counts in a window.
  [[nodiscard]] bool has(containers::Slot slot, const PaneGrid& grid, std::int64_t window, const Place& but) const;
  /// The first window that a part counts in.
  [[nodiscard]] std::optional<std::int64_t> first() const;
  /// Takes out one that counts in this window or one before; its part is null if there is none. The caller owns it.
  [[nodiscard]] Taken take(std::int64_t window);

 private:
  struct Before {
    bool operator()(const Place& a, const Place& b) const noexcept;
  };

  void (*destroy_)(void* part);
  std::map<Place, void*, Before> parts_;
};

}  // namespace weir::detail::windows
