#include "weir/detail/time/partition_clock.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "time/least_watermark.hpp"
#include "weir/errors.hpp"
#include "weir/serialize.hpp"

namespace weir::detail::time {

PartitionClock::PartitionClock(const graph::OperatorParts& parts, std::chrono::nanoseconds max_out_of_orderness,
                               std::optional<std::chrono::nanoseconds> idle_after)
    : step_id_{parts.site.step_id},
      stage_{parts.site.stage},
      resume_{parts.resume},
      max_out_of_orderness_{max_out_of_orderness},
      idle_after_{idle_after} {}

// Steps are made from the last to the first, so the source is there when the first item comes, and not before.
void PartitionClock::open() {
  partitions_.resize(stage_->source->partition_count());
  for (std::size_t p = 0; resume_ != nullptr && p < partitions_.size(); ++p) {
    if (const auto kept =
            snapshot::ResumePoint::find(resume_->positions, step_id_, stage_->source->partition_status(p).name)) {
      partitions_[p].watermark = from_bytes<Time>(*kept);
    }
  }
}

bool PartitionClock::silent(const runtime::PartitionStatus& status) const {
  return idle_after_ && status.silent_since != runtime::Steady::max() &&
         stage_->now - status.silent_since >= *idle_after_;
}

Watermark PartitionClock::watermark() { return least(stage_->ended_may_grow); }
Watermark PartitionClock::read_until() { return least(false); }

Watermark PartitionClock::least(bool waits_for_ended) {
  if (partitions_.empty()) {
    open();
  }
  LeastWatermark least;
  for (std::size_t p = 0; p < partitions_.size(); ++p) {
    const runtime::PartitionStatus status = stage_->source->partition_status(p);
    least.add({partitions_[p].watermark, (status.ended && !waits_for_ended) || silent(status)});
  }
  return least.result();
}

runtime::Steady PartitionClock::due() const {
  runtime::Steady due = runtime::Steady::max();
  for (std::size_t p = 0; idle_after_ && p < partitions_.size(); ++p) {
    const runtime::PartitionStatus status = stage_->source->partition_status(p);
    const bool counts = !status.ended || stage_->ended_may_grow;
    if (counts && status.silent_since != runtime::Steady::max() && !silent(status)) {
      const bool ever = *idle_after_ < runtime::Steady::max() - status.silent_since;
      due = ever ? std::min(due, status.silent_since + *idle_after_) : due;
    }
  }
  return due;
}

void PartitionClock::snapshot(runtime::StepNumber step, snapshot::EpochPart& part) {
  for (std::size_t p = 0; p < partitions_.size(); ++p) {
    if (partitions_[p].moved) {
      partitions_[p].moved = false;
      part.positions.push_back({step, stage_->source->partition_status(p).name, to_bytes(partitions_[p].watermark)});
    }
  }
}

void throw_time_out_of_range(long double seconds) {
  throw std::range_error{
      fmt::format("the time is {:.0Lf} s since 1970; event times lie within 146 years of 1970, from 1824 to 2116; "
                  "filter such items out "
                  "before, or set them aside by op::catch_errors around op::event_time",
                  seconds)};
}

void check_clock(const std::string& step_id, std::chrono::nanoseconds max_out_of_orderness,
                 std::optional<std::chrono::nanoseconds> idle_after) {
  const auto check = [&](const char* what, std::chrono::nanoseconds duration) {
    if (duration.count() < 0) {
      throw BuildError{fmt::format("step \"{}\": {} is {} ns; it must be from 0 ns to {} ns, which is for ever",
                                   step_id, what, duration.count(), std::chrono::nanoseconds::max().count())};
    }
  };
  check("max_out_of_orderness", max_out_of_orderness);
  check("idle_after", idle_after.value_or(std::chrono::nanoseconds{}));
}

}  // namespace weir::detail::time
