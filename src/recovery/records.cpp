#include "recovery/records.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "weir/decode_error.hpp"

namespace weir::detail::recovery {

RawRecord take_record(std::string_view& bytes) {
  if (bytes.size() < snapshot::kRecordHeadBytes) {
    throw DecodeError{"a record is cut off"};
  }
  std::uint16_t group = 0;
  std::uint32_t lengths[2];
  std::memcpy(&group, bytes.data(), sizeof(group));
  std::memcpy(lengths, bytes.data() + sizeof(group), sizeof(lengths));
  const bool has_state = lengths[1] != snapshot::kNoState;
  const std::uint64_t state_at = snapshot::kRecordHeadBytes + std::uint64_t{lengths[0]};
  const std::uint64_t size = state_at + (has_state ? lengths[1] : 0);
  if (group >= kKeyGroups || size > bytes.size()) {
    throw DecodeError{"a record has impossible lengths"};
  }
  RawRecord taken;
  taken.bytes = bytes.substr(0, size);
  taken.record.group = group;
  taken.record.key = taken.bytes.substr(snapshot::kRecordHeadBytes, lengths[0]);
  if (has_state) {
    taken.record.state = taken.bytes.substr(state_at);
  }
  bytes.remove_prefix(size);
  return taken;
}

void SlicedRecords::add(std::string_view bytes) {
  while (!bytes.empty()) {
    const RawRecord record = take_record(bytes);
    slices_[slice_of(record.record.group)].push_back(record);
  }
}

std::vector<RawRecord> SlicedRecords::live(std::size_t slice, std::string_view base) const {
  std::vector<RawRecord> all;
  while (!base.empty()) {
    all.push_back(take_record(base));
  }
  if (slices_[slice].empty()) {
    return all;
  }
  all.insert(all.end(), slices_[slice].begin(), slices_[slice].end());
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&all](std::size_t one, std::size_t other) {
    const int keys = all[one].record.key.compare(all[other].record.key);
    return keys != 0 ? keys < 0 : one < other;
  });
  std::vector<RawRecord> live;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const RawRecord& record = all[order[i]];
    const bool last = i + 1 == order.size() || all[order[i + 1]].record.key != record.record.key;
    if (last && record.record.state) {
      live.push_back(record);
    }
  }
  return live;
}

}  // namespace weir::detail::recovery
