#include "search_sessions/topics.hpp"

#include <string>
#include <utility>

#include <weir/kafka.hpp>

#include "search_sessions/event_log.hpp"
#include "search_sessions/sessions.hpp"

namespace search_sessions {

struct Topics::Values {
  weir::KafkaFlags kafka;
  std::string input{};
  std::string output{};
  bool stop_at_end = false;
};

Topics::Topics(weir::Flags& flags) : values_{std::make_shared<Values>(Values{weir::KafkaFlags{flags}})} {
  flags.add("--input-topic", values_->input, "Read the events from this topic of --kafka, a JSON event a message");
  flags.add("--output-topic", values_->output,
            "Write the figures to this topic of --kafka; a figure's key is the user");
  flags.add("--stop-at-end", values_->stop_at_end,
            "End after the messages that the topic has at the start; else follow it");
}

bool Topics::has_input() const { return !values_->input.empty(); }
bool Topics::has_output() const { return !values_->output.empty(); }

weir::Stream<Event> Topics::read(weir::Dataflow& flow, const weir::OnBadRecord& bad) const {
  weir::KafkaInput input{values_->kafka.cluster(), {values_->input}, event_shape()};
  input.missing(values_->kafka.missing());
  if (values_->stop_at_end) {
    input.stop_at_end();
  }
  return flow.input("input", std::move(input), bad);
}

void Topics::write_figures_of(const weir::Stream<Event>& events) const {
  weir::KafkaOutput output{values_->kafka.cluster(), values_->output, weir::KafkaText{}};
  output.pending(values_->kafka.pending());
  click_through_by_user(events) | weir::op::output("out", std::move(output));
}

}  // namespace search_sessions
