#pragma once

#include <utility>

#include "weir/detail/containers/items.hpp"

namespace weir::detail::runtime {

/// The untyped base of a receiver, for the core that links steps without knowing their items.
class ReceiverBase {
 public:
  ReceiverBase() = default;
  ReceiverBase(const ReceiverBase&) = delete;
  ReceiverBase& operator=(const ReceiverBase&) = delete;

 protected:
  ~ReceiverBase() = default;  // what it is a part of is owned as something else
};

/// Takes the items of a stream on one worker: the next step, or the sending end of an exchange.
template <typename T>
class Receiver : public ReceiverBase {
 public:
  virtual void push(T&& item) = 0;

  /// Takes the items in their order, as `push` would one by one.
  virtual void push_all(containers::Items<T> items) {
    for (T& item : items) {
      push(std::move(item));
    }
  }

 protected:
  ~Receiver() = default;
};

}  // namespace weir::detail::runtime
