#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weir/source.hpp"

namespace weir::detail::io {

/// The names of the partitions of several sources, as last listed: a run asks a source for them once, and not again for
/// each partition that it opens. From any thread.
class ListedPartitions {
 public:
  using Names = std::vector<std::vector<std::string>>;  // of each source

  ListedPartitions();
  ListedPartitions(const ListedPartitions&) = delete;
  ListedPartitions& operator=(const ListedPartitions&) = delete;
  ~ListedPartitions();

  /// @throws UsageError  if a source has two partitions of one name
  void put(Names names);
  /// Null before the first `put`.
  [[nodiscard]] std::shared_ptr<const Names> get() const;

 private:
  struct Latest;
  std::unique_ptr<Latest> latest_;
};

/// The place in a chain of partitions, one of each source: the partition that is read now.
class ChainPlace {
 public:
  using Names = std::vector<std::optional<std::string>>;  // none: the source has no partition for the chain

  /// @param chain     its name, for messages
  /// @param names     at least one of them is present
  /// @param position  an earlier result of `position`; none begins with the first source
  /// @throws RecoveryError  if the chain had other partitions then
  ChainPlace(const std::string& chain, Names names, const std::optional<std::string>& position);

  /// The source that is read now.
  [[nodiscard]] std::size_t source() const noexcept { return source_; }
  [[nodiscard]] const Names& names() const noexcept { return names_; }
  /// Whether a later source has a partition for the chain.
  [[nodiscard]] bool has_after(std::size_t source) const noexcept;
  /// The position at which to open the partition of that source.
  [[nodiscard]] const std::optional<std::string>& opened_at() const noexcept { return opened_at_; }

  /// The place in this chain that a position says.
  [[nodiscard]] ChainPlace at(const std::string& position) const { return ChainPlace{{}, names_, position}; }

  /// Moves to the next partition; false: there is none.
  bool go_on();

  /// @param within  the position in the partition that is read now
  [[nodiscard]] std::string position(const std::optional<std::string>& within) const;

 private:
  void skip_missing();

  Names names_;
  std::size_t source_ = 0;
  std::optional<std::string> opened_at_;
};

/// The progress of both; nothing if one does not know, or they count in different units.
[[nodiscard]] std::optional<SourceProgress> sum_of(const SourceProgress& one,
                                                   const std::optional<SourceProgress>& other);

/// Partitions that are read one after another, each to its end.
template <typename T>
class SourceChain final : public SourcePartition<T> {
 public:
  /// @param partitions  of each source; null if it is no longer read, or the source has none
  SourceChain(ChainPlace place, std::vector<std::unique_ptr<SourcePartition<T>>> partitions)
      : place_{std::move(place)},
        partitions_{std::move(partitions)},
        ends_{all_left([](const SourcePartition<T>& each) { return each.ends(); })},
        bounded_{all_left([](const SourcePartition<T>& each) { return each.bounded(); })} {
    moved_ = now().begins_with_position();
  }

  Poll poll(Emit<T>& emit) override {
    const std::uint64_t before = emit.emitted();
    const Poll answer = now().poll(emit);
    const bool at_end = answer.kind() == Poll::Kind::kEnd;
    moved_ = moved_ || at_end || answer.has_moved() || emit.emitted() != before;
    if (!at_end || stopped_) {
      return answer;
    }
    const std::size_t ended = place_.source();
    if (!place_.go_on()) {
      return answer;
    }
    ended_read_ = ended_read_ ? sum_of(*ended_read_, partitions_[ended]->progress()) : std::nullopt;
    partitions_[ended].reset();
    moved_ = now().begins_with_position();
    return Poll::more();
  }

  // Asks a partition for its position only once it has one, as the runtime does.
  [[nodiscard]] std::string position() const override {
    return place_.position(moved_ ? std::optional{now().position()} : place_.opened_at());
  }

  [[nodiscard]] bool hears_decisions() const override {
    return std::ranges::any_of(partitions_,
                               [](const auto& each) { return each != nullptr && each->hears_decisions(); });
  }

  // A position in a partition that has ended since is of no concern to the current one.
  void decided(const std::string& position) override {
    const ChainPlace place = place_.at(position);
    if (place.source() == place_.source() && place.opened_at()) {
      now().decided(*place.opened_at());
    }
  }

  [[nodiscard]] bool begins_with_position() const override { return now().begins_with_position(); }
  [[nodiscard]] std::string left_over() const override { return now().left_over(); }
  [[nodiscard]] bool ends() const override { return ends_; }

  [[nodiscard]] bool bounded() const override { return bounded_; }

  [[nodiscard]] std::optional<SourceProgress> progress() const override {
    std::optional<SourceProgress> all = ended_read_;
    for (std::size_t left = place_.source(); all && left < partitions_.size(); ++left) {
      if (partitions_[left] != nullptr) {
        all = sum_of(*all, partitions_[left]->progress());
      }
    }
    return all;
  }

  [[nodiscard]] bool replayable() const override {
    return all_left([](const SourcePartition<T>& each) { return each.replayable(); });
  }

  [[nodiscard]] bool takes_by_itself() const override { return now().takes_by_itself(); }

  // Later partitions have emitted nothing yet, and keep their items.
  [[nodiscard]] bool stop() override {
    stopped_ = true;
    return now().stop();
  }

 private:
  [[nodiscard]] SourcePartition<T>& now() const { return *partitions_[place_.source()]; }

  template <typename Predicate>
  [[nodiscard]] bool all_left(Predicate predicate) const {
    return std::ranges::all_of(partitions_, [&](const auto& each) { return each == nullptr || predicate(*each); });
  }

  ChainPlace place_;
  std::vector<std::unique_ptr<SourcePartition<T>>> partitions_;
  bool ends_;           // the same from beginning to end
  bool bounded_;        // as `ends_`
  bool moved_ = false;  // emitted since the current partition was opened, or that has a position before
  bool stopped_ = false;
  std::optional<SourceProgress> ended_read_ = SourceProgress{};  // of those that have ended
};

}  // namespace weir::detail::io
