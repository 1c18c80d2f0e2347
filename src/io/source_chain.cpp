#include "weir/detail/io/source_chain.hpp"

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "io/input_error.hpp"
#include "weir/decode_error.hpp"
#include "weir/errors.hpp"
#include "weir/serialize.hpp"

namespace weir::detail::io {

/// What a chain's position says; it is where the last of the partitions is.
struct StoredChainPlace {
  ChainPlace::Names partitions;       // of the sources up to the one that was read
  std::optional<std::string> within;  // none: from the beginning
};

struct ListedPartitions::Latest {
  std::mutex mutex;
  std::shared_ptr<const Names> names;  // a run that opens partitions may still use it when another run lists them again
};

ListedPartitions::ListedPartitions() : latest_{std::make_unique<Latest>()} {}

ListedPartitions::~ListedPartitions() = default;

void ListedPartitions::put(Names names) {
  for (std::size_t source = 0; source < names.size(); ++source) {
    std::vector<std::string> sorted = names[source];
    std::ranges::sort(sorted);
    if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
      throw UsageError{fmt::format("concat_sources: source {} has two partitions named \"{}\"; give each its own name",
                                   source + 1, *twice)};
    }
  }
  auto listed = std::make_shared<const Names>(std::move(names));
  const std::scoped_lock lock{latest_->mutex};
  latest_->names = std::move(listed);
}

std::shared_ptr<const ListedPartitions::Names> ListedPartitions::get() const {
  const std::scoped_lock lock{latest_->mutex};
  return latest_->names;
}

namespace {

constexpr const char* kWhatToDo =
    "concatenated sources must keep their partitions, in the same order; read a source whose partitions change as one "
    "partition (TextFiles::as_one_stream), or name another recovery directory";

StoredChainPlace stored_place(const std::string& chain, const std::string& position, std::size_t sources) {
  StoredChainPlace stored;
  try {
    stored = from_bytes<StoredChainPlace>(position);
  } catch (const DecodeError&) {
    refuse_input(
        fmt::format("concat_sources: the stored position of partition \"{}\" was not written by concat_sources; give "
                    "the step its old source back, or name another recovery directory",
                    chain));
  }
  if (stored.partitions.empty() || stored.partitions.size() > sources) {
    refuse_input(
        fmt::format("concat_sources: partition \"{}\" had reached source {}, and the dataflow has {}; add sources only "
                    "at the end, and remove none",
                    chain, stored.partitions.size(), sources));
  }
  return stored;
}

std::string shown(const std::optional<std::string>& name) { return name ? "\"" + *name + "\"" : "none"; }

// A finished partition that is gone is no error. Another one in its place is: it was never read.
void check_partitions(const std::string& chain, const StoredChainPlace& stored, const ChainPlace::Names& now) {
  const std::size_t last = stored.partitions.size() - 1;
  for (std::size_t source = 0; source <= last; ++source) {
    if (stored.partitions[source] != now[source] && (source == last || now[source])) {
      refuse_input(fmt::format("concat_sources: partition \"{}\" was {} of source {} and is {} now; {}", chain,
                               shown(stored.partitions[source]), source + 1, shown(now[source]), kWhatToDo));
    }
  }
}

}  // namespace

ChainPlace::ChainPlace(const std::string& chain, Names names, const std::optional<std::string>& position)
    : names_{std::move(names)} {
  if (position) {
    StoredChainPlace stored = stored_place(chain, *position, names_.size());
    check_partitions(chain, stored, names_);
    source_ = stored.partitions.size() - 1;
    std::ranges::move(stored.partitions, names_.begin());  // those before it stay known when they are gone
    opened_at_ = std::move(stored.within);
  } else {
    skip_missing();
  }
  if (source_ == names_.size()) {
    throw UsageError{
        fmt::format("concat_sources: partition \"{}\" disappeared while the run started; start it again", chain)};
  }
}

bool ChainPlace::has_after(std::size_t source) const noexcept {
  return std::ranges::any_of(names_ | std::views::drop(source + 1), [](const auto& name) { return name.has_value(); });
}

bool ChainPlace::go_on() {
  const std::size_t now = source_++;
  skip_missing();
  if (source_ == names_.size()) {
    source_ = now;
    return false;
  }
  opened_at_.reset();
  return true;
}

std::string ChainPlace::position(const std::optional<std::string>& within) const {
  return to_bytes(
      StoredChainPlace{{names_.begin(), names_.begin() + static_cast<std::ptrdiff_t>(source_) + 1}, within});
}

void ChainPlace::skip_missing() {
  while (source_ != names_.size() && !names_[source_]) {
    ++source_;
  }
}

std::optional<SourceProgress> sum_of(const SourceProgress& one, const std::optional<SourceProgress>& other) {
  if (!other || (one.total > 0 && other->total > 0 && one.unit != other->unit)) {
    return std::nullopt;
  }
  return SourceProgress{.done = one.done + other->done,
                        .total = one.total + other->total,
                        .unit = one.total > 0 ? one.unit : other->unit,
                        .grows = one.grows || other->grows};
}

}  // namespace weir::detail::io
