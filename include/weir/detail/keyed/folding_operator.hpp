#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "weir/detail/codec/archive.hpp"
#include "weir/detail/codec/codec.hpp"
#include "weir/detail/containers/items.hpp"
#include "weir/detail/containers/list.hpp"
#include "weir/detail/exchange/folding.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/keyed/call_for.hpp"
#include "weir/detail/keyed/fold_table.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/keyed/stateful_operator.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/per_worker.hpp"

namespace weir::detail::keyed {

/// A fold of items that another worker made.
template <typename Fold>
struct Partial {
  Fold fold;
};

/// The code of a keyed step that folds items before they change worker: its state is a fold, and the logic has
/// `first(value)`, `add(fold, value)` and takes a `Partial`.
template <typename K, typename V, typename F>
class FoldingOperator final : public StatefulOperator<K, V, F, exchange::Folding<std::pair<K, V>>> {
  using Base = StatefulOperator<K, V, F, exchange::Folding<std::pair<K, V>>>;
  using Fold = typename Logic<F>::State;
  using Base::kLookAhead;

 public:
  /// @param always  whether it folds even where that does not pay off
  [[gnu::cold]] FoldingOperator(graph::OperatorParts& parts, const F& logic, bool always)
      : Base{parts, logic}, always_{always} {
    const std::size_t workers = parts.site.worker.count.value;
    if (workers == 1 || this->options_) {
      return;
    }
    for (std::size_t to = 0; to < workers; ++to) {
      ways_.push_back({Table{parts.site.tables.seed, parts.site.tables.cached_bytes * 3 / 2 / (workers - 1)}});
    }
  }

  [[nodiscard]] exchange::FoldRoom fold_room() const override {
    return {.folds = ways_.empty() ? 0 : ways_[0].table.room(), .always = always_};
  }

  exchange::Folded fold(std::uint32_t to, containers::Items<std::pair<K, V>> items, bool may_add) override {
    this->note_work();
    Way& way = ways_[to];
    exchange::Folded folded;
    for (std::size_t at = 0; at < items.size(); at += kLookAhead) {
      fold_some(way, items, at, std::min(kLookAhead, items.size() - at), may_add, folded);
    }
    way.items += items.size() - folded.left;
    return folded;
  }

  [[nodiscard]] std::size_t folds(std::uint32_t to) const override { return ways_[to].table.size(); }

  std::uint64_t write_folds(std::uint32_t to, std::size_t count, codec::OutputArchive& archive) override {
    Way& way = ways_[to];
    for (; count > 0; --count) {
      const typename Table::Entry& entry = way.table.front();
      runtime::call(this->site(), "serialization", [&] {
        encode(archive, entry.key);
        encode(archive, entry.fold);
      });
      way.table.drop();
    }
    return std::exchange(way.items, 0);
  }

  void free_folds() override {
    for (Way& way : ways_) {
      way.table.free();
    }
  }

  void merge_folds(codec::InputArchive& archive, std::uint64_t items) override {
    this->handle_waiting();
    this->count_items(items);
    runtime::call(this->site(), "deserialization", [&] {
      while (archive.remaining() > 0 && partials_.size() < kLookAhead) {
        auto& partial = partials_.push_back({});
        decode(archive, partial.first);
        decode(archive, partial.second.fold);
      }
    });
    this->handle_all(partials_.items());
    partials_.clear();
    this->outputs_.flush();
  }

 private:
  using Table = FoldTable<K, Fold>;
  struct Way {
    Table table;
    std::uint64_t items = 0;  // which were folded and not accounted for yet
  };

  // Some of the items, of which so many before them are not folded.
  void fold_some(Way& way, containers::Items<std::pair<K, V>> items, std::size_t at, std::size_t count, bool may_add,
                 exchange::Folded& folded) {
    if (may_add) {
      way.table.make_room(count);
    }
    const auto some = items.subspan(at, count);
    runtime::call(this->site(), "key", [&] { way.table.look_up(some, hashes_.data()); });
    const std::uint64_t* hash = hashes_.data();
    for (std::pair<K, V>& item : some) {
      const auto place =
          runtime::call(this->site(), "key", [&] { return way.table.find(std::as_const(item.first), *hash); });
      if (place.taken) {
        call_for(this->site(), "logic", item.first,
                 [&] { this->logic_.add(way.table.fold(place.index), std::move(item.second)); });
      } else if (may_add && way.table.has_room()) {
        Fold fold =
            call_for(this->site(), "logic", item.first, [&] { return this->logic_.first(std::move(item.second)); });
        way.table.add(place.index, *hash, std::move(item.first), std::move(fold));
        ++folded.missed;
      } else {
        ++folded.missed;
        if (std::pair<K, V>& to = items[folded.left++]; &to != &item) {
          to = std::move(item);
        }
      }
      ++hash;
    }
  }

  bool always_;
  containers::List<Way> ways_;  // by worker; none if nothing is folded
  std::array<std::uint64_t, kLookAhead> hashes_;
  containers::List<std::pair<K, Partial<Fold>>> partials_;
};

}  // namespace weir::detail::keyed
