#include "application/ended_shards.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <string>

#include <fmt/format.h>

namespace weir::detail::application {
namespace {

constexpr std::int64_t kEnded = 1;
constexpr std::chrono::seconds kBetweenLooks{1};

}  // namespace

GroupPosition note_of_end(const Names& names, std::uint32_t shard, bool ended) {
  return {.place = {names.shards(), static_cast<std::int32_t>(shard)}, .next = ended ? kEnded : 0};
}

bool notes_end(std::optional<std::int64_t> offset) { return offset == kEnded; }

std::vector<bool> ended_shards(Port& port, const Names& names, std::uint32_t count) {
  std::vector<Place> places;
  places.reserve(count);
  for (std::uint32_t shard = 0; shard < count; ++shard) {
    places.push_back({names.shards(), static_cast<std::int32_t>(shard)});
  }
  std::vector<bool> ended;
  for (const std::optional<std::int64_t>& offset : port.committed(places)) {
    ended.push_back(notes_end(offset));
  }
  return ended;
}

OpenShards wait_for_open_shards(Port& port, const Names& names, const std::vector<std::uint32_t>& own,
                                std::uint32_t count, const Check& check) {
  while (true) {
    const std::vector<bool> ended =
        until_answered(port, check, words_of_offsets(names), [&] { return ended_shards(port, names, count); });
    OpenShards open{.any = std::ranges::find(ended, false) != ended.end()};
    std::ranges::copy_if(own, std::back_inserter(open.own), [&](std::uint32_t shard) { return !ended[shard]; });
    if (!open.any || !open.own.empty()) {
      check({});
      return open;
    }
    const std::string words = fmt::format("the end of the input in {} of {} shards, which other processes have",
                                          std::ranges::count(ended, false), count);
    for (const Port::Time until = port.now() + kBetweenLooks; port.now() < until; port.pause()) {
      check(words);
    }
  }
}

}  // namespace weir::detail::application
