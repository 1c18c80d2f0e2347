#include "coordinator/epoch_times.hpp"

namespace weir::detail::coordinator {
namespace {

std::uint64_t bytes_of(const recovery::EpochCommit& commit) {
  std::uint64_t bytes = 0;
  for (const snapshot::EpochPart& part : commit.parts) {
    for (const snapshot::StepChanges& step : part.states) {
      bytes += step.changes->bytes().size();
    }
    for (const snapshot::PartitionMark& mark : part.positions) {
      bytes += mark.bytes.size();
    }
    for (const snapshot::PartitionMark& mark : part.tokens) {
      bytes += mark.bytes.size();
    }
  }
  return bytes;
}

}  // namespace

void EpochTimes::on_ordered(Epoch epoch, runtime::Steady now) {
  state_.open = epoch.value + 1;
  opened_at_ = now;
  ordered_at_ = now;
}

status::nanoseconds EpochTimes::on_passed(runtime::Steady now) {
  const status::nanoseconds took = now - ordered_at_.value_or(now);
  state_.last_took = took;
  ordered_at_.reset();
  return took;
}

void EpochTimes::on_submitted(const recovery::EpochCommit& commit, runtime::Steady now) {
  submitted_.push_back({now, bytes_of(commit)});
}

void EpochTimes::on_committed(Epoch epoch, runtime::Steady now) {
  state_.committed = epoch.value;
  if (!submitted_.empty()) {
    state_.last_commit_took = now - submitted_.front().at;
    state_.snapshot_bytes = submitted_.front().bytes;
    submitted_.pop_front();
  }
}

status::EpochState EpochTimes::state(runtime::Steady now) const {
  status::EpochState state = state_;
  state.open_for = now - opened_at_;
  if (ordered_at_) {
    state.passing = now - *ordered_at_;
  }
  return state;
}

}  // namespace weir::detail::coordinator
