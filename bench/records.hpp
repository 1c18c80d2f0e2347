#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "measured.hpp"
#include "mix.hpp"
#include "workloads.hpp"

namespace weir::bench {

/// Each worker makes every W-th of the first `records` records.
inline auto records_of(std::uint64_t records) {
  return ManualInput{[records](std::size_t worker_index, std::size_t worker_count, std::optional<std::uint64_t>) {
    return [next = std::uint64_t{worker_index}, records, step = std::uint64_t{worker_count}]() mutable {
      std::optional<std::pair<std::uint64_t, std::uint64_t>> made;
      if (next < records) {
        made.emplace(next, mix(next));
        next += step;
      }
      return made;
    };
  }};
}

/// To the worker that the record itself names, as if it were a key's hash: records are mixed already. (Keyed steps hash
/// and keep a table, whose cost is not the exchange's.)
struct ByRecord {
  static constexpr bool kLocal = false;
  std::uint32_t operator()(const std::uint64_t& record, const WorkerContext& worker) const {
    return worker.count.value == 1 ? 0 : detail::owner_of(KeyHash{record}, worker.count).value;
  }
};

/// Counts and xors what arrives on one worker.
class Arrivals final : public detail::Operator, public detail::Receiver<std::uint64_t> {
 public:
  Arrivals(detail::OperatorParts& parts, Tally& tally) : Operator{parts.site}, tally_{&tally} {
    parts.inputs.front() = this;
  }

  void push(std::uint64_t&& record) override { push_all({&record, 1}); }

  void push_all(std::span<std::uint64_t> records) override {
    count_items(records.size());
    tally_->outputs += records.size();
    for (const std::uint64_t record : records) {
      tally_->sum ^= record;
    }
  }

 private:
  Tally* tally_;
};

/// Sends `records` records to the workers that own them.
inline Outcome run_records(std::uint64_t records, const Setup& setup) {
  std::vector<Tally> tallies(setup.workers);
  Outcome outcome;
  outcome.events = records;
  outcome.seconds = seconds_of([&] {
    Dataflow flow{"records"};
    const auto input = flow.input("input", records_of(records));
    detail::add_sink_step("arrivals", input, detail::exchanged_input<ByRecord>(input),
                          [&tallies](detail::OperatorParts& parts) {
                            return detail::make_operator<Arrivals>(parts, tallies[parts.site.worker.index.value]);
                          });
    run(flow, options_of(setup));
  });
  for (const Tally& tally : tallies) {
    outcome.outputs += tally.outputs;
    outcome.sum ^= tally.sum;
  }
  return outcome;
}

}  // namespace weir::bench
