#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "simulation/item_functions.hpp"
#include "simulation/random_step.hpp"
#include "simulation/rng.hpp"

namespace weir::simulation {
namespace {

using Key = std::uint32_t;
using Row = std::pair<Key, std::uint64_t>;

constexpr std::uint64_t kPartitions = 3;

// Each key has several rows, of which the last one counts; some have none.
std::vector<Row> rows_of(std::uint64_t partition, std::uint64_t parameter) {
  std::vector<Row> rows;
  for (std::uint64_t round = 1; round <= parameter; ++round) {
    for (Key key = 0; key < 40; ++key) {
      if (key % kPartitions == partition && key % 5 != 0) {
        rows.emplace_back(key, mix(key + round * parameter));
      }
    }
  }
  return rows;
}

/// The rows of a table, in batches of random size with pauses between them.
class SimulatedTable {
 public:
  using Item = Row;

  explicit SimulatedTable(std::uint64_t parameter) : parameter_{parameter} {}

  [[nodiscard]] std::vector<std::string> partitions() const { return {"0", "1", "2"}; }

  [[nodiscard]] std::unique_ptr<SourcePartition<Row>> open(const std::string& name,
                                                           const std::optional<std::string>& position,
                                                           const OpenContext& /*context*/) const {
    return std::make_unique<Partition>(rows_of(std::stoul(name), parameter_), position ? std::stoul(*position) : 0);
  }

 private:
  class Partition final : public SourcePartition<Row> {
   public:
    Partition(std::vector<Row> rows, std::size_t next) : rows_{std::move(rows)}, next_{next}, rng_{rows_.size()} {}

    Poll poll(Emit<Row>& emit) override {
      for (std::uint64_t batch = rng_.below(20); batch > 0 && emit.open() && next_ < rows_.size(); --batch) {
        emit(std::as_const(rows_[next_++]));
      }
      return next_ == rows_.size() ? Poll::end()
             : rng_.percent(20)    ? Poll::idle(std::chrono::microseconds{rng_.between(1, 3'000)})
                                   : Poll::more();
    }
    [[nodiscard]] std::string position() const override { return std::to_string(next_); }
    [[nodiscard]] bool bounded() const override { return true; }

   private:
    std::vector<Row> rows_;
    std::size_t next_;
    Rng rng_;
  };

  std::uint64_t parameter_;
};

// Some tables are made of two, one of which is looked up in the other.
bool is_chained(const RandomStep& step) { return step.parameter % 3 == 0; }

std::uint64_t with_row(std::uint64_t value, const std::optional<std::uint64_t>& row) {
  return folded(value, row.value_or(1));
}

}  // namespace

Stream<Item> build_table_first(Dataflow& flow, const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  KeyedStream<Key, std::uint64_t> table = flow.input(id + ".rows", SimulatedTable{step.parameter});
  if (is_chained(step)) {
    const auto others = flow.input(id + ".others", SimulatedTable{step.parameter + 1});
    table = op::lookup(id + ".chain", table, &Row::first, others) |
            op::map(id + ".row", [](const std::pair<Row, std::optional<std::uint64_t>>& found) {
              return Row{found.first.first, with_row(found.first.second, found.second)};
            });
  }
  return op::lookup(id, up, &Item::key, table) |
         op::map(id + ".item", [](const std::pair<Item, std::optional<std::uint64_t>>& found) {
           Item item = found.first;
           item.value = with_row(item.value, found.second);
           return item;
         });
}

Items reference_of_table_first(const RandomStep& step, const Items& in) {
  const auto last_rows = [](std::uint64_t parameter) {
    std::map<Key, std::uint64_t> last;
    for (std::uint64_t partition = 0; partition < kPartitions; ++partition) {
      for (const auto& [key, row] : rows_of(partition, parameter)) {
        last[key] = row;
      }
    }
    return last;
  };
  const auto find = [](const std::map<Key, std::uint64_t>& rows, Key key) {
    const auto found = rows.find(key);
    return found != rows.end() ? std::optional{found->second} : std::nullopt;
  };
  std::map<Key, std::uint64_t> table = last_rows(step.parameter);
  if (is_chained(step)) {
    const std::map<Key, std::uint64_t> others = last_rows(step.parameter + 1);
    for (auto& [key, row] : table) {
      row = with_row(row, find(others, key));
    }
  }
  Items out = in;
  for (Item& item : out) {
    item.value = with_row(item.value, find(table, item.key));
  }
  return out;
}

}  // namespace weir::simulation
