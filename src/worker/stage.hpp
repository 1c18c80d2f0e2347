#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "weir/detail/exchange/edge.hpp"
#include "weir/detail/runtime/mark.hpp"
#include "weir/detail/runtime/noted_errors.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/runtime/sink_operator.hpp"
#include "weir/detail/runtime/source_operator.hpp"
#include "worker/alignment.hpp"
#include "worker/control.hpp"
#include "worker/epoch_parts.hpp"
#include "worker/inbox.hpp"
#include "worker/latency_marks.hpp"
#include "worker/time_flow.hpp"

namespace weir::detail::worker {

/// A clock by which a source does not run ahead of other workers.
struct AlignedClock {
  AlignedReader reader;
  const runtime::Operator* op;
  runtime::ClockStep* clock;
};

/// The errors after which a step went on.
struct StepErrors {
  runtime::StepNumber step;
  const runtime::NotedErrors* errors;
};

/// A sender that carries the watermarks of a step to another stage.
struct TimeSender {
  exchange::EdgeSender* sender;
  TimeStepNumber step;  ///< in the stage's flow of time
  Watermark sent{};
};

/// The parts of a stage on one worker. They are destroyed in this order's reverse: operators refer to the state, and
/// push into senders.
struct StageParts {
  std::unique_ptr<runtime::StageState> state;
  std::vector<std::unique_ptr<exchange::EdgeSender>> senders{};
  std::vector<runtime::EdgeNumber> sender_edges{};  ///< whose sending ends those are
  std::vector<runtime::StepCode> steps{};           ///< what feeds one comes before it
  std::vector<std::unique_ptr<exchange::EdgeReceiver>> receivers{};
  std::vector<Inbox> inboxes{};
  TimeFlow time{};
  std::vector<AlignedClock> aligned{};  ///< those after the source
  std::vector<TimeSender> time_senders{};
};

/// A stage on one worker: the operators that one source, or one set of channels, feeds by direct calls.
///
/// It reads its channels until the barrier of the epoch has come from every one of them (a channel that gave it is held
/// back until then), closes the epoch in its operators from the first to the last, and sends the barrier on.
class Stage {
 public:
  /// @param parts_of_epochs  gets what an epoch changed whenever one closes; null: no snapshots are kept
  Stage(StageParts parts, EpochParts* parts_of_epochs);
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  ~Stage() = default;

  /// A share of work: one message, or one poll of the source. False when there is nothing to do now.
  bool run(runtime::Steady now, const SystemTime& system);

  /// Takes back buffers that receivers have read, and sends what waited. Says whether anything moved.
  bool pump();

  /// Has operators emit what they hold back, and sends the buffers that are not full yet, and how far event time has
  /// come; says whether there was anything.
  bool flush(runtime::Steady now);

  /// Source stages: sends a mark after all that the source has emitted, which tells how long that takes to a sink.
  /// Nothing if the source has emitted nothing since the last.
  void stamp(runtime::Steady now);

  /// Source stages: has the epochs up to the mark's closed, after those that were ordered before.
  /// @param stops  whether the source is to stop first
  void order(runtime::Mark mark, bool stops = false) { orders_.push_back({mark, stops}); }

  /// Source stages: reads nothing until it is released, but still closes epochs.
  void hold() noexcept { held_ = true; }
  void release() noexcept { held_ = false; }
  [[nodiscard]] bool held() const noexcept { return held_; }

  /// Source stages: others wait until all that it reads has passed.
  void await() noexcept { awaited_ = true; }

  /// Whether others wait for it, and it has come to its end. True once.
  [[nodiscard]] bool take_awaited_end();

  /// When its source is to be asked again or a step wants to hear of the time; `Steady::max()` if something else must
  /// happen first.
  [[nodiscard]] runtime::Steady due() const;

  /// Whether it is finished and all that it sent has been handed to the channels.
  [[nodiscard]] bool drained() const noexcept;
  [[nodiscard]] bool waits_for_room() const noexcept { return state_->gate.full(); }
  [[nodiscard]] bool room_has_come() const;
  [[nodiscard]] Epoch epoch() const noexcept { return state_->epoch; }
  [[nodiscard]] runtime::SourceOperator* source() const noexcept { return source_; }
  [[nodiscard]] const std::vector<runtime::SinkOperator*>& sinks() const noexcept { return sinks_; }
  [[nodiscard]] const std::vector<StepErrors>& errors() const noexcept { return errors_; }
  /// How long items took from their sources, by sink; empty if that was not measured.
  [[nodiscard]] const std::vector<runtime::Latency>& latencies() const noexcept { return marks_.latencies(); }
  [[nodiscard]] runtime::StageState& state() noexcept { return *state_; }
  [[nodiscard]] const std::vector<std::unique_ptr<runtime::Operator>>& operators() const noexcept { return operators_; }
  [[nodiscard]] const std::vector<std::unique_ptr<exchange::EdgeSender>>& senders() const noexcept { return senders_; }
  [[nodiscard]] const std::vector<runtime::EdgeNumber>& sender_edges() const noexcept { return sender_edges_; }
  [[nodiscard]] std::vector<Inbox>& inboxes() noexcept { return inboxes_; }
  [[nodiscard]] const TimeFlow& time() const noexcept { return time_; }

 private:
  bool work(runtime::Steady now);
  bool resume();
  bool read_channels();
  bool read_channel(Inbox& inbox);
  bool receive(Inbox& inbox);
  void reach(Inbox& inbox, runtime::Mark mark);
  bool poll_source(runtime::Steady now);
  bool waits_for_others(runtime::Steady now);
  void look_for_others();
  [[nodiscard]] bool has_read_on() const;
  bool go_on_telling();
  void send_watermarks();
  bool pass_marks(runtime::Steady now);
  void begin_closing(runtime::Mark mark);
  bool go_on_closing();
  void take_snapshot(runtime::Operator& op);
  void finish_closing();

  // Declared so that they are destroyed in this order's reverse: operators push into senders.
  std::unique_ptr<runtime::StageState> state_;
  std::vector<std::unique_ptr<exchange::EdgeSender>> senders_;
  std::vector<runtime::EdgeNumber> sender_edges_;
  std::vector<std::unique_ptr<runtime::Operator>> operators_;  // what feeds one comes before it
  std::vector<std::unique_ptr<exchange::EdgeReceiver>> receivers_;
  std::vector<Inbox> inboxes_;
  runtime::SourceOperator* source_ = nullptr;
  std::vector<runtime::SinkOperator*> sinks_;
  std::vector<StepErrors> errors_;
  EpochParts* parts_;  // null: no snapshots are kept
  TimeFlow time_;
  std::vector<AlignedClock> aligned_;
  bool ahead_ = false;                                // the source waits for other workers
  runtime::Steady look_at_ = runtime::Steady::min();  // when it looks for them again while it waits
  std::chrono::microseconds look_wait_{};             // for how long it waits then
  std::vector<TimeSender> time_senders_;
  struct Ordered {
    runtime::Mark mark;
    bool stops;
  };

  std::deque<Ordered> orders_;
  LatencyMarks marks_;
  std::uint64_t stamped_items_ = 0;  // that the source had emitted at its last mark
  std::optional<runtime::Mark> closing_;
  std::size_t closing_operator_ = 0;
  std::size_t next_inbox_ = 0;
  bool held_ = false;
  bool awaited_ = false;
  bool finished_ = false;
};

}  // namespace weir::detail::worker
