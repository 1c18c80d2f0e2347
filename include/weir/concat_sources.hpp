#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/detail/io/source_chain.hpp"
#include "weir/detail/runtime/make_as.hpp"
#include "weir/source.hpp"

namespace weir {

/// The result of `concat_sources`: a source whose partitions are chains of one partition of each source.
template <Source First, Source... Rest>
class ConcatSources {
  static constexpr std::size_t kSources = 1 + sizeof...(Rest);
  static constexpr bool kPartitioned = PartitionedSource<First>;

 public:
  using Item = typename First::Item;  ///< the same for all sources of the chain

  /// The sources, in the order in which their partitions are read.
  explicit ConcatSources(First first, Rest... rest) : sources_{std::move(first), std::move(rest)...} {}

  /// One partition for each chain: `0`, `1` and so on. As many as the source with the most partitions has.
  [[nodiscard]] std::vector<std::string> partitions() const
    requires kPartitioned
  {
    detail::io::ListedPartitions::Names listed = list();
    std::size_t most = 0;
    for (const std::vector<std::string>& names : listed) {
      most = std::max(most, names.size());
    }
    listed_->put(std::move(listed));
    std::vector<std::string> chains;
    chains.reserve(most);
    for (std::size_t chain = 0; chain < most; ++chain) {
      chains.push_back(std::to_string(chain));
    }
    return chains;
  }

  /// The content of a position: weir refuses to resume from that of another source.
  [[nodiscard]] std::string position_shape() const { return "place in a chain"; }

  /// The files and tables of all its sources, in their order.
  [[nodiscard]] std::vector<Resource> resources() const {
    std::vector<Resource> all;
    const auto add = [&all](std::vector<Resource> some) { std::ranges::move(some, std::back_inserter(all)); };
    std::apply([&add](const auto&... each) { (add(detail::resources_of(each)), ...); }, sources_);
    return all;
  }

  /// Opens a chain at its position, by default at the beginning. Later partitions of the chain open as it reaches them.
  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::string& name,
                                                            const std::optional<std::string>& position,
                                                            const OpenContext& context) const
    requires kPartitioned
  {
    return open_chain(detail::io::ChainPlace{name, links(std::stoul(name)), position}, context,
                      [](const auto& source, const std::string& partition, const std::optional<std::string>& at,
                         const OpenContext& within) { return source.open(partition, at, within); });
  }

  /// The same for sources with one partition on each worker.
  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::optional<std::string>& position,
                                                            const OpenContext& context) const
    requires(!kPartitioned)
  {
    const std::string name = "worker " + std::to_string(context.worker.index.value);
    return open_chain(detail::io::ChainPlace{name, detail::io::ChainPlace::Names(kSources, name), position}, context,
                      [](const auto& source, const std::string& /*partition*/, const std::optional<std::string>& at,
                         const OpenContext& within) { return source.open(at, within); });
  }

 private:
  [[nodiscard]] detail::io::ListedPartitions::Names list() const {
    return std::apply([](const auto&... each) { return detail::io::ListedPartitions::Names{each.partitions()...}; },
                      sources_);
  }

  // The partitions of a chain, by source.
  [[nodiscard]] detail::io::ChainPlace::Names links(std::size_t chain) const {
    if (listed_->get() == nullptr) {
      listed_->put(list());
    }
    detail::io::ChainPlace::Names links;
    for (const auto listed = listed_->get(); const std::vector<std::string>& names : *listed) {
      links.push_back(chain < names.size() ? std::optional{names[chain]} : std::nullopt);
    }
    return links;
  }

  template <typename Open>
  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open_chain(detail::io::ChainPlace place,
                                                                  const OpenContext& context, Open open) const {
    std::vector<std::unique_ptr<SourcePartition<Item>>> partitions(kSources);
    bool opened = true;
    const auto open_link = [&](std::size_t index, const auto& source) {
      if (index >= place.source() && place.names()[index]) {
        OpenContext within = context;
        within.ends_for_good = context.ends_for_good || place.has_after(index);
        partitions[index] =
            open(source, *place.names()[index], index == place.source() ? place.opened_at() : std::nullopt, within);
        opened = opened && partitions[index] != nullptr;
      }
    };
    [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
      (open_link(kIndex, std::get<kIndex>(sources_)), ...);
    }(std::make_index_sequence<kSources>{});
    if (!opened) {
      return nullptr;  // an error of the source; the caller, which knows the step, reports it
    }
    return detail::runtime::make_as<SourcePartition<Item>, detail::io::SourceChain<Item>>(std::move(place),
                                                                                          std::move(partitions));
  }

  std::tuple<First, Rest...> sources_;
  // Shared by the copies of the source, which may be destroyed in any order.
  std::shared_ptr<detail::io::ListedPartitions> listed_ = std::make_shared<detail::io::ListedPartitions>();
};

/// Reads sources one after another, for example history from files and then live data.
///
///     weir::TextFiles history{{"history/"}};
///     weir::QueueSource<std::string> live;
///     flow.input("lines", weir::concat_sources(history.as_one_stream(), live)) | ...
///
/// Partition i of each source makes a chain: the i-th partition of the second source emits its first item after the
/// last item of the i-th partition of the first. Different workers read different chains, so the order between chains
/// is undefined: while one worker reads the first source, another may read the second. Sources of one partition each
/// are read strictly in order; for files, use `as_one_stream`. Where a key is in partitions of the same number
/// everywhere, its items are in order.
///
/// The run opens all partitions when it starts, so that their errors show then, and polls each one when its turn comes.
/// Until then a `QueueSource` fills up and its pushes wait. A stop reaches the partition that is being read; the items
/// of later sources stay there.
///
/// A resumed run continues in the partition that the last run had reached, and does not read data that was added to the
/// partitions before it. Sources may be added at the end. A source's partitions must keep their names and their order.
/// Where they do not, as in a directory with a new file, weir refuses the run before it begins.
///
/// @param first, rest  a `Source` each, of the same `Item`: either all with named partitions, or all with one on every
///                     worker, as `ManualInput`
/// @return             a `Source` of these items; bad records and replay are those of the sources
/// @throws RecoveryError  from `run()`, if the partitions are not those of the run that it resumes
/// @see Flink, HybridSource, which waits for all partitions of a source to end.
template <typename First, typename... Rest>
auto concat_sources(First first, Rest... rest) {
  constexpr bool kSources = Source<First> && (Source<Rest> && ...);
  static_assert(kSources, "concat_sources: each argument must be a source; see weir/source.hpp for what a source is");
  if constexpr (kSources) {
    constexpr bool kSameItem = (std::same_as<typename First::Item, typename Rest::Item> && ...);
    constexpr bool kSameKind = ((PartitionedSource<First> == PartitionedSource<Rest>) && ...);
    static_assert(kSameItem, "concat_sources: the sources must have the same Item");
    static_assert(kSameKind,
                  "concat_sources: a source with a partition on every worker, as ManualInput, and one with named "
                  "partitions have no partitions in common; use PartitionedInput");
    if constexpr (kSameItem && kSameKind) {
      return ConcatSources<First, Rest...>{std::move(first), std::move(rest)...};
    }
  }
}

}  // namespace weir
