#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "simulation/item.hpp"
#include "simulation/rng.hpp"
#include "weir/weir.hpp"

namespace weir::simulation {

/// What the sources of a simulated run share with the test.
struct SourceScript {
  std::vector<Items> partitions;
  std::uint64_t seed = 0;
  std::vector<std::size_t> read;     ///< how far each partition has been read
  std::vector<bool> ended;           ///< whether it has said that nothing follows
  std::vector<std::string> at;       ///< the position that each partition has come to; empty: it has not moved
  std::vector<std::string> decided;  ///< the newest position that each partition has heard was decided
  std::vector<std::size_t>
      cuts;  ///< by partition: where the second source of a chain begins; none: there is one source
};

/// Where a simulated partition is: behind so many items, and so many other things that are none.
struct SimulatedPlace {
  std::size_t items = 0;
  std::size_t others = 0;

  static SimulatedPlace of(const std::string& position) {
    const std::size_t plus = position.find('+');
    return {std::stoul(position), plus == std::string::npos ? 0 : std::stoul(position.substr(plus + 1))};
  }
  [[nodiscard]] std::string position() const {
    return std::to_string(items) + (others > 0 ? "+" + std::to_string(others) : "");
  }
  friend auto operator<=>(const SimulatedPlace&, const SimulatedPlace&) = default;
};

/// Partitions that give their items in batches of random size, with pauses between them.
class SimulatedSource {
 public:
  using Item = simulation::Item;

  /// Which of the items it gives.
  enum class Part : std::uint8_t { kAll, kFirst, kSecond };

  explicit SimulatedSource(SourceScript& script, Part part = Part::kAll) : script_{&script}, part_{part} {}

  [[nodiscard]] std::vector<std::string> partitions() const {
    std::vector<std::string> names;
    for (std::size_t p = 0; p < script_->partitions.size(); ++p) {
      names.push_back(std::to_string(p));
    }
    return names;
  }

  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::string& name,
                                                            const std::optional<std::string>& position,
                                                            const OpenContext& context) const {
    const std::size_t index = std::stoul(name);
    const std::size_t begin = part_ == Part::kSecond ? script_->cuts[index] : 0;
    const SimulatedPlace place = position ? SimulatedPlace::of(*position) : SimulatedPlace{begin};
    script_->at.resize(script_->partitions.size());
    script_->decided.resize(script_->partitions.size());
    auto partition = std::make_unique<Partition>(*script_, part_, index, place, context.waker);
    script_->ended.resize(script_->partitions.size());
    script_->ended[index] = false;
    return partition;
  }

 private:
  class Partition final : public SourcePartition<Item> {
   public:
    Partition(SourceScript& script, Part part, std::size_t index, SimulatedPlace place, Waker waker)
        : script_{&script}, part_{part}, index_{index}, place_{place}, waker_{waker}, rng_{script.seed + index} {
      if (part != Part::kSecond) {
        script.read[index] = place.items;
      }
    }

    Poll poll(Emit<Item>& emit) override {
      const Items& items = script_->partitions[index_];
      const std::size_t end = part_ == Part::kFirst ? script_->cuts[index_] : items.size();
      if (place_.items < end && rng_.percent(10)) {
        ++place_.others;
        script_->at[index_] = position();
        return Poll::idle(std::chrono::microseconds{rng_.between(1, 3'000)}).moved();
      }
      if (rng_.percent(5)) {
        return Poll::blocked(std::chrono::microseconds{rng_.between(1, 3'000)});
      }
      for (std::uint64_t batch = rng_.below(20); batch > 0 && emit.open() && place_.items < end; --batch) {
        emit(items[place_.items++]);
        script_->read[index_] = place_.items;
        script_->at[index_] = position();
      }
      if (place_.items == end) {
        script_->at[index_] = position();
        script_->ended[index_] = part_ != Part::kFirst;
        return Poll::end();
      }
      if (rng_.percent(20)) {
        return Poll::idle(std::chrono::microseconds{rng_.between(1, 3'000)});
      }
      if (rng_.percent(10)) {  // as if another thread had news right after the answer
        waker_.wake();
        return Poll::idle();
      }
      return Poll::more();
    }

    [[nodiscard]] std::string position() const override { return place_.position(); }

    [[nodiscard]] bool hears_decisions() const override { return true; }
    void decided(const std::string& position) override {
      const SimulatedPlace decided = SimulatedPlace::of(position);
      if (decided > place_ || (heard_ && decided < *heard_)) {
        throw std::logic_error{"decided " + position + ", and the partition is at " + place_.position()};
      }
      heard_ = decided;
      script_->decided[index_] = position;
    }

    [[nodiscard]] bool bounded() const override { return true; }

   private:
    SourceScript* script_;
    Part part_;
    std::size_t index_;
    SimulatedPlace place_;
    std::optional<SimulatedPlace> heard_;  // the newest that was decided in this run
    Waker waker_;
    Rng rng_;
  };

  SourceScript* script_;
  Part part_;
};

/// The input of a simulated dataflow: one source, or two one after another, of which the script says where they meet.
inline Stream<Item> simulated_input(Dataflow& flow, SourceScript& script, bool two) {
  using Part = SimulatedSource::Part;
  return two ? flow.input("input",
                          concat_sources(SimulatedSource{script, Part::kFirst}, SimulatedSource{script, Part::kSecond}))
             : flow.input("input", SimulatedSource{script});
}

/// Draws where two sources meet.
inline void cut_partitions(SourceScript& script, Rng& rng) {
  script.cuts.clear();
  for (const Items& items : script.partitions) {
    script.cuts.push_back(rng.below(items.size() + 1));
  }
}

/// What a snapshot says of how far a partition has been read.
inline std::size_t read_at(const SourceScript& script, const std::string& partition, const std::string& position) {
  if (script.cuts.empty()) {
    return std::stoul(position);
  }
  const detail::io::ChainPlace place{partition, {partition, partition}, position};
  return place.opened_at()     ? std::stoul(*place.opened_at())
         : place.source() == 0 ? 0
                               : script.cuts[std::stoul(partition)];
}

}  // namespace weir::simulation
