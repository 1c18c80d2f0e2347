#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "measured.hpp"
#include "mix.hpp"
#include "numbered.hpp"
#include "weir/detail/runtime/sink_operator.hpp"
#include "workloads.hpp"

namespace weir::bench {

/// To the worker that the record itself names, as if it were a key's hash: records are mixed already. (Keyed steps hash
/// and keep a table, whose cost is not the exchange's.)
struct ByRecord {
  static constexpr detail::exchange::Reach kReach = detail::exchange::Reach::kTurns;  // it has no key to go by
  static constexpr bool kLocal = false;
  static constexpr bool kFolds = false;
  std::uint32_t operator()(const std::uint64_t& record, const WorkerContext& worker) const {
    return worker.count.value == 1 ? 0 : detail::owner_of(KeyHash{record}, worker.count).value;
  }
};

/// Counts and xors what arrives on one worker.
class Arrivals final : public detail::runtime::Receiver<std::uint64_t>, public detail::runtime::SinkOperator {
 public:
  Arrivals(detail::graph::OperatorParts& parts, Tally& tally) : SinkOperator{parts.site}, tally_{&tally} {
    parts.inputs.front() = this;
  }

  void push(std::uint64_t&& record) override { push_all({&record, 1}); }

  void push_all(detail::containers::Items<std::uint64_t> records) override {
    count_items(records.size());
    tally_->outputs += records.size();
    for (const std::uint64_t record : records) {
      tally_->sum ^= record;
    }
  }

  bool prepared(detail::snapshot::EpochPart& /*part*/) override { return true; }
  void commit() override {}
  bool settled() override { return true; }

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
    const auto input = flow.input("input", Numbered{records, [](std::uint64_t n) { return mix(n); }});
    detail::graph::StreamAccess::graph(input).add_sink(
        "arrivals", detail::graph::exchanged_input<ByRecord>(input), {},
        detail::graph::factory_of([&tallies](detail::graph::OperatorParts& parts) {
          return detail::graph::make_operator<Arrivals>(parts, tallies[parts.site.worker.index.value]);
        }));
    run(flow, options_of(setup));
  });
  for (const Tally& tally : tallies) {
    outcome.outputs += tally.outputs;
    outcome.sum ^= tally.sum;
  }
  return outcome;
}

}  // namespace weir::bench
