#pragma once

#include <memory>
#include <string>

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
  void write(const weir::KeyedStream<std::string, double>& figures) const;

 private:
  struct Values;
  std::shared_ptr<Values> values_;
};

}  // namespace search_sessions
