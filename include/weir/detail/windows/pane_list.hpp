#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "weir/time.hpp"
#include "weir/window.hpp"

namespace weir::detail::windows {

/// A part of time that is in the same windows. `Pane<Fold>` has what keys have in it.
struct PaneBounds {
  PaneBounds(std::int64_t its_number, const Window& its_bounds, Time over_at)
      : number{its_number}, bounds{its_bounds}, over{over_at} {}
  PaneBounds(const PaneBounds&) = delete;
  PaneBounds& operator=(const PaneBounds&) = delete;
  virtual ~PaneBounds();

  std::int64_t number;
  Window bounds;
  Time over;  ///< when the first window that it is in ends
};

/// The panes of a step in the order of their numbers. The closed ones come first. Compiled once, since it does not know
/// what is in a pane.
class PaneList {
 public:
  PaneList();
  PaneList(const PaneList&) = delete;
  PaneList& operator=(const PaneList&) = delete;
  ~PaneList();

  [[nodiscard]] std::size_t size() const noexcept { return panes_.size(); }
  [[nodiscard]] PaneBounds& at(std::size_t index) const noexcept { return *panes_[index]; }

  /// The index of the first pane that is not before this number.
  [[nodiscard]] std::size_t first_from(std::int64_t number) const noexcept;
  /// Whether it is the number of the pane with this index.
  [[nodiscard]] bool is_at(std::size_t index, std::int64_t number) const noexcept {
    return index < panes_.size() && panes_[index]->number == number;
  }
  /// The open pane with a time; null if there is none.
  [[nodiscard]] PaneBounds* open_at(Time time) const noexcept {
    for (std::size_t i = panes_.size(); i-- > closed_;) {
      if (panes_[i]->bounds.start <= time) {
        return time < panes_[i]->bounds.end ? panes_[i].get() : nullptr;
      }
    }
    return nullptr;
  }

  /// @param index  `first_from` its number
  PaneBounds& insert(std::size_t index, std::unique_ptr<PaneBounds> pane);

  /// How many are closed.
  [[nodiscard]] std::size_t closed() const noexcept { return closed_; }
  /// Closes the oldest open pane if it is before this number.
  /// @return it; null if it is not, or none is open
  PaneBounds* close_next_before(std::int64_t end) noexcept;
  /// How many of the closed panes are before this number.
  [[nodiscard]] std::size_t closed_before(std::int64_t number) const noexcept;
  /// Removes so many, which are closed.
  void remove_first(std::size_t count);

  [[nodiscard]] std::optional<std::int64_t> newest_closed() const;
  [[nodiscard]] std::optional<std::int64_t> oldest_open() const;

 private:
  std::vector<std::unique_ptr<PaneBounds>> panes_;
  std::size_t closed_ = 0;
};

}  // namespace weir::detail::windows
