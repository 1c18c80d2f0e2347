#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "simulation/item.hpp"
#include "simulation/rng.hpp"
#include "weir/source.hpp"

namespace weir::simulation {

/// What the sources of a simulated run share with the test.
struct SourceScript {
  std::vector<Items> partitions;
  std::uint64_t seed = 0;
  std::vector<std::size_t> read;  ///< how far each partition has been read
  std::vector<bool> ended;        ///< whether it has said that nothing follows
};

/// Partitions that give their items in batches of random size, with pauses between them.
class SimulatedSource {
 public:
  using Item = simulation::Item;

  explicit SimulatedSource(SourceScript& script) : script_{&script} {}

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
    script_->read[std::stoul(name)] = position ? std::stoul(*position) : 0;
    script_->ended.resize(script_->partitions.size());
    script_->ended[std::stoul(name)] = false;
    return std::make_unique<Partition>(*script_, std::stoul(name), context.waker);
  }

 private:
  class Partition final : public SourcePartition<Item> {
   public:
    Partition(SourceScript& script, std::size_t index, Waker waker)
        : script_{&script}, index_{index}, waker_{waker}, rng_{script.seed + index} {}

    Poll poll(Emit<Item>& emit) override {
      const Items& items = script_->partitions[index_];
      std::size_t& next = script_->read[index_];
      for (std::uint64_t batch = rng_.below(20); batch > 0 && emit.open() && next < items.size(); --batch) {
        emit(items[next++]);
      }
      if (next == items.size()) {
        script_->ended[index_] = true;
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

    [[nodiscard]] std::string position() const override { return std::to_string(script_->read[index_]); }

   private:
    SourceScript* script_;
    std::size_t index_;
    Waker waker_;
    Rng rng_;
  };

  SourceScript* script_;
};

}  // namespace weir::simulation
