#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "measured.hpp"
#include "mix.hpp"
#include "weir/detail/sink_operator.hpp"
#include "workloads.hpp"

namespace weir::bench {

/// On each worker every W-th of the first `records` records.
class RecordsPartition final : public SourcePartition<std::uint64_t> {
 public:
  RecordsPartition(std::uint64_t records, std::uint64_t first, std::uint64_t step)
      : records_{records}, next_{first}, step_{step} {}

  Poll poll(Emit<std::uint64_t>& emit) override {
    std::uint64_t next = next_;
    for (; next < records_ && emit.open(); next += step_) {
      emit(mix(next));
    }
    next_ = next;
    return next < records_ ? Poll::more() : Poll::end();
  }

  [[nodiscard]] std::string position() const override { return std::to_string(next_); }

 private:
  std::uint64_t records_;
  std::uint64_t next_;
  std::uint64_t step_;
};

/// The source of X.
struct Records {
  using Item = std::uint64_t;
  std::uint64_t records;

  [[nodiscard]] std::unique_ptr<SourcePartition<std::uint64_t>> open(const std::optional<std::string>& position,
                                                                     const OpenContext& context) const {
    return std::make_unique<RecordsPartition>(records, position ? std::stoull(*position) : context.worker.index.value,
                                              context.worker.count.value);
  }
};

/// To the worker that the record itself names, as if it were a key's hash: records are mixed already. (Keyed steps hash
/// and keep a table, whose cost is not the exchange's.)
struct ByRecord {
  static constexpr bool kLocal = false;
  std::uint32_t operator()(const std::uint64_t& record, const WorkerContext& worker) const {
    return worker.count.value == 1 ? 0 : detail::owner_of(KeyHash{record}, worker.count).value;
  }
};

/// Counts and xors what arrives on one worker.
class Arrivals final : public detail::Receiver<std::uint64_t>, public detail::SinkOperator {
 public:
  Arrivals(detail::OperatorParts& parts, Tally& tally) : SinkOperator{parts.site}, tally_{&tally} {
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

  bool prepared(detail::EpochPart& /*part*/) override { return true; }
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
    const auto input = flow.input("input", Records{records});
    detail::StreamAccess::graph(input).add_sink(
        "arrivals", detail::exchanged_input<ByRecord>(input), detail::Kept::kNothing,
        detail::factory_of([&tallies](detail::OperatorParts& parts) {
          return detail::make_operator<Arrivals>(parts, tallies[parts.site.worker.index.value]);
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
