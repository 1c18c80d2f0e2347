#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "weir/detail/exchange/edge.hpp"
#include "weir/detail/runtime/mark.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/runtime/sink_operator.hpp"
#include "weir/detail/runtime/source_operator.hpp"
#include "worker/alignment.hpp"
#include "worker/control.hpp"
#include "worker/epoch_parts.hpp"
#include "worker/inbox.hpp"
#include "worker/time_flow.hpp"

namespace weir::detail::worker {

/// A stage on one worker: the operators that one source, or one set of channels, feeds by direct calls.
///
/// It reads its channels until the barrier of the epoch has come from every one of them (a channel that gave it is held
/// back until then), closes the epoch in its operators from the first to the last, and sends the barrier on.
class Stage {
 public:
  Stage() = default;
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  ~Stage() = default;

  /// A share of work: one message, or one poll of the source. False when there is nothing to do now.
  bool run(runtime::Steady now, const SystemTime& system);

  /// Takes back buffers that receivers have read, and sends what waited. Says whether anything moved.
  bool pump();

  /// Has operators emit what they hold back, and sends the buffers that are not full yet, and how far event time has
  /// come; says whether there was anything.
  bool flush();

  /// Hands what an epoch changed to `parts` whenever one closes.
  void keep_snapshots(EpochParts& parts) noexcept { parts_ = &parts; }

  /// The epoch after which a resumed run continues.
  void resume_after(Epoch epoch) noexcept { state_.epoch = Epoch{epoch.value + 1}; }

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
  [[nodiscard]] bool waits_for_room() const noexcept { return state_.gate.full(); }
  [[nodiscard]] bool room_has_come() const;
  [[nodiscard]] Epoch epoch() const noexcept { return state_.epoch; }
  [[nodiscard]] runtime::SourceOperator* source() const noexcept { return source_; }
  [[nodiscard]] const std::vector<runtime::SinkOperator*>& sinks() const noexcept { return sinks_; }
  [[nodiscard]] runtime::StageState& state() noexcept { return state_; }
  [[nodiscard]] const std::vector<std::unique_ptr<runtime::Operator>>& operators() const noexcept { return operators_; }
  [[nodiscard]] const std::vector<std::unique_ptr<exchange::EdgeSender>>& senders() const noexcept { return senders_; }
  [[nodiscard]] std::vector<Inbox>& inboxes() noexcept { return inboxes_; }

  // What the assembly puts in.
  void add_operator(std::unique_ptr<runtime::Operator> op) { operators_.push_back(std::move(op)); }
  void set_source(runtime::SourceOperator& source) {
    source_ = &source;
    state_.source = &source;
  }
  void add_sink(runtime::SinkOperator& sink) { sinks_.push_back(&sink); }
  void add_sender(std::unique_ptr<exchange::EdgeSender> sender) { senders_.push_back(std::move(sender)); }
  void add_receiver(std::unique_ptr<exchange::EdgeReceiver> receiver) { receivers_.push_back(std::move(receiver)); }
  void add_inbox(Inbox inbox) { inboxes_.push_back(std::move(inbox)); }
  [[nodiscard]] TimeFlow& time() noexcept { return time_; }
  /// The source does not run ahead of other workers in the event time of this clock.
  void align(Alignment& all, WorkerIndex self, const runtime::StepCode& clock) {
    aligned_.push_back({{all, self}, clock.op.get(), clock.clock});
  }
  /// The sender carries the watermarks of this step of `time()`.
  void send_time(exchange::EdgeSender& sender, TimeStepNumber step) { time_senders_.push_back({&sender, step, {}}); }

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
  void begin_closing(runtime::Mark mark);
  bool go_on_closing();
  void take_snapshot(runtime::Operator& op);
  void finish_closing();

  // Declared so that they are destroyed in this order's reverse: operators push into senders.
  runtime::StageState state_;
  std::vector<std::unique_ptr<exchange::EdgeSender>> senders_;
  std::vector<std::unique_ptr<runtime::Operator>> operators_;  // what feeds one comes before it
  std::vector<std::unique_ptr<exchange::EdgeReceiver>> receivers_;
  std::vector<Inbox> inboxes_;
  runtime::SourceOperator* source_ = nullptr;
  std::vector<runtime::SinkOperator*> sinks_;
  EpochParts* parts_ = nullptr;  // null: no snapshots are kept
  /// A sender that carries watermarks to another stage.
  struct TimeSender {
    exchange::EdgeSender* sender;
    TimeStepNumber step;
    Watermark sent;
  };

  /// A clock after the source.
  struct AlignedClock {
    AlignedReader reader;
    const runtime::Operator* op;
    runtime::ClockStep* clock;
  };

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
  std::optional<runtime::Mark> closing_;
  std::size_t closing_operator_ = 0;
  std::size_t next_inbox_ = 0;
  bool held_ = false;
  bool awaited_ = false;
  bool finished_ = false;
};

}  // namespace weir::detail::worker
