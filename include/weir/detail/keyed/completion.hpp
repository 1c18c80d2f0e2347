#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "weir/detail/containers/expected_size.hpp"
#include "weir/keyed_emit.hpp"

namespace weir::detail::keyed {

/// What `reduce` and `fold` share: a fold that is complete is emitted, and its key is forgotten.
template <typename Fold, typename IsComplete>
class Completion {
 public:
  explicit Completion(IsComplete is_complete) : is_complete_{std::move(is_complete)} {}

  /// A fold has begun.
  void prepare(Fold& fold) const { expected_size_.reserve(fold); }

  template <typename K>
  void finish_if_complete(std::optional<Fold>& fold, KeyedEmit<K, Fold>& emit) {
    if (std::invoke(is_complete_, std::as_const(*fold))) {
      expected_size_.note(*fold);
      emit(std::move(*fold));
      fold.reset();
    }
  }

 private:
  IsComplete is_complete_;
  containers::ExpectedSize<Fold> expected_size_;
};

}  // namespace weir::detail::keyed
