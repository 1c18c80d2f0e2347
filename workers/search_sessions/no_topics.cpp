#include "search_sessions/topics.hpp"

namespace search_sessions {

struct Topics::Values {};

Topics::Topics(weir::Flags& /*flags*/) {}

bool Topics::has_input() const { return false; }
bool Topics::has_output() const { return false; }

weir::Stream<Event> Topics::read(weir::Dataflow& /*flow*/, const weir::OnBadRecord& /*bad*/) const {
  throw weir::UsageError{"this build has no Kafka"};
}

void Topics::write_figures_of(const weir::Stream<Event>& /*events*/) const {
  throw weir::UsageError{"this build has no Kafka"};
}

}  // namespace search_sessions
