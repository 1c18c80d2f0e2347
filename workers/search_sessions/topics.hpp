#pragma once

#include <memory>

#include <weir/weir.hpp>

#include "search_sessions/events.hpp"

namespace search_sessions {

/// Kafka topics as input and output, by the command line. Without Kafka there are no such flags.
class Topics {
 public:
  explicit Topics(weir::Flags& flags);

  [[nodiscard]] bool has_input() const;
  [[nodiscard]] bool has_output() const;

  [[nodiscard]] weir::Stream<Event> read(weir::Dataflow& flow, const weir::OnBadRecord& bad) const;
  /// Adds the job and its output.
  void write_figures_of(const weir::Stream<Event>& events) const;

 private:
  struct Values;
  std::shared_ptr<Values> values_;
};

}  // namespace search_sessions
