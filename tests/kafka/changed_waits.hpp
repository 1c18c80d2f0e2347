#pragma once

#include "kafka/waits.hpp"

namespace weir::tests::kafka {

/// Lets the connector of this process wait as a test wants it, for as long as this lives.
///
///     const ChangedWaits waits{[](auto& of) { of.first_answer = 500ms; }};
class ChangedWaits {
 public:
  template <typename Change>
  explicit ChangedWaits(Change change) {
    change(detail::kafka::waits());
  }
  ChangedWaits(const ChangedWaits&) = delete;
  ChangedWaits& operator=(const ChangedWaits&) = delete;
  ~ChangedWaits() { detail::kafka::waits() = before_; }

 private:
  detail::kafka::Waits before_ = detail::kafka::waits();
};

}  // namespace weir::tests::kafka
