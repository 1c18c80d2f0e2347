#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weir/detail/runtime/activity.hpp"
#include "weir/detail/runtime/gate.hpp"
#include "weir/detail/runtime/receiver.hpp"
#include "weir/detail/runtime/step_metrics.hpp"
#include "weir/source.hpp"

namespace weir::tests::kafka {

/// What a run gives to its partitions, as a test watches it. From any thread.
class WatchedRun : public detail::LogTarget, public detail::RestartTarget, public detail::WakeTarget, public IoThread {
 public:
  void write(Level level, std::string_view /*step*/, std::string_view line) override {
    const std::scoped_lock lock{mutex_};
    if (level == Level::kWarning) {
      warnings_.emplace_back(line);
    }
  }
  void request_restart(std::string_view /*step*/, std::string_view reason) override {
    const std::scoped_lock lock{mutex_};
    restarts_.emplace_back(reason);
  }
  void wake() override {
    const std::scoped_lock lock{mutex_};
    woken_ = true;
    changed_.notify_all();
  }
  void submit(std::function<void()> /*job*/) override { throw std::logic_error{"the input has no jobs"}; }
  void when_readable(int /*descriptor*/, std::function<void()> /*job*/) override { submit({}); }
  void when_writable(int /*descriptor*/, std::function<void()> /*job*/) override { submit({}); }

  [[nodiscard]] std::vector<std::string> warnings() const {
    const std::scoped_lock lock{mutex_};
    return warnings_;
  }
  [[nodiscard]] std::vector<std::string> restarts() const {
    const std::scoped_lock lock{mutex_};
    return restarts_;
  }

  /// Waits for a wake, at most so long.
  void wait(std::chrono::milliseconds most) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, most, [&] { return woken_; });
    woken_ = false;
  }

  /// What its steps measure, by name.
  [[nodiscard]] double metric(std::string_view name) const {
    const auto found = std::ranges::find(metrics_.all(), name, &detail::runtime::UserMetric::name);
    return found == metrics_.all().end() ? -1 : found->value + static_cast<double>(found->count);
  }

  OpenContext context(bool may_restart = true) {
    OpenContext context{.worker = {}, .waker = Waker{*this}, .io = *this};
    context.worker.metrics = &metrics_;
    context.flow = "tested";
    context.step = "input";
    context.log = Log{this, "input"};
    if (may_restart) {
      context.restart = PlannedRestart{this, "input"};
    }
    return context;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> warnings_;
  std::vector<std::string> restarts_;
  bool woken_ = false;
  detail::runtime::StepMetrics metrics_{"input"};
};

/// Partitions of an input, opened and polled by the test in place of a run.
template <typename S>
class PolledInput {
 public:
  using Item = typename S::Item;

  explicit PolledInput(S source, bool may_restart = true)
      : source_{std::move(source)}, context_{run_.context(may_restart)} {}

  void open(const std::string& name, const std::optional<std::string>& position = std::nullopt) {
    partitions_.push_back(source_.open(name, position, context_));
    answers_.push_back(Poll::more());
  }

  /// Polls the partitions, whenever they want it, until `done`. Fails after a minute.
  void poll_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes{1};
    while (true) {
      bool more = false;
      for (std::size_t index = 0; index < partitions_.size(); ++index) {
        if (answers_[index].kind() != Poll::Kind::kEnd) {
          poll(index);
          more = more || answers_[index].kind() == Poll::Kind::kMore;
        }
      }
      if (done()) {
        return;
      }
      if (std::chrono::steady_clock::now() >= deadline) {
        throw std::runtime_error{"the input does not do what the test waits for"};
      }
      if (!more) {  // what it says of itself changes without a wake, and a run asks again and again
        run_.wait(std::chrono::milliseconds{50});
      }
    }
  }

  void poll_until_items(std::size_t count) {
    poll_until([&] { return items_.items.size() >= count; });
  }
  /// Until all partitions are idle, and not blocked.
  void poll_until_idle() {
    poll_until([&] {
      return std::ranges::all_of(
          answers_, [](const Poll& answer) { return answer.kind() == Poll::Kind::kIdle && !answer.is_blocked(); });
    });
  }

  [[nodiscard]] SourcePartition<Item>& partition(std::size_t index = 0) { return *partitions_[index]; }
  [[nodiscard]] const Poll& answer(std::size_t index = 0) const { return answers_[index]; }
  /// Whether a poll said that it moved without items.
  [[nodiscard]] bool moved() const { return moved_; }
  [[nodiscard]] const std::vector<Item>& items() const { return items_.items; }
  [[nodiscard]] WatchedRun& run() { return run_; }
  [[nodiscard]] S& source() { return source_; }
  void close() { partitions_.clear(); }

 private:
  struct Taken final : detail::runtime::Receiver<Item> {
    void push(Item&& item) override { items.push_back(std::move(item)); }
    std::vector<Item> items;
  };

  void poll(std::size_t index) {
    Emit<Item> emit{items_, gate_, activity_};
    answers_[index] = partitions_[index]->poll(emit);
    emit.flush();
    moved_ = moved_ || answers_[index].has_moved();
  }

  S source_;
  WatchedRun run_;
  OpenContext context_;
  detail::runtime::Gate gate_;
  detail::runtime::Activity activity_;
  Taken items_;
  std::vector<std::unique_ptr<SourcePartition<Item>>> partitions_;
  std::vector<Poll> answers_;
  bool moved_ = false;
};

}  // namespace weir::tests::kafka
