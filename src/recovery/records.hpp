#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "weir/detail/snapshot/state_changes.hpp"
#include "weir/key.hpp"

namespace weir::detail::recovery {

/// The parts of the key space that are folded and loaded one by one: 16 key groups each.
inline constexpr std::size_t kSlices = 256;

[[nodiscard]] constexpr std::size_t slice_of(std::uint16_t group) noexcept { return group * kSlices / kKeyGroups; }

/// A record with the bytes that it is made of.
struct RawRecord {
  snapshot::StateRecord record;
  std::string_view bytes;
};

/// Takes the first record off bytes; see `snapshot::StateChanges` for what one is.
/// @throws DecodeError  if they are none
RawRecord take_record(std::string_view& bytes);

/// Records in the order in which they came to be, by slice.
class SlicedRecords {
 public:
  /// @param bytes  records, one after another; they must stay
  /// @throws DecodeError
  void add(std::string_view bytes);

  /// Of records with the same key the last one, in the order of the keys; those without state are left out.
  /// @param base  the slice's records that come before these; one for a key, each with a state, in the order of the
  /// keys
  /// @throws DecodeError
  [[nodiscard]] std::vector<RawRecord> live(std::size_t slice, std::string_view base) const;

  [[nodiscard]] bool empty(std::size_t slice) const noexcept { return slices_[slice].empty(); }

 private:
  std::array<std::vector<RawRecord>, kSlices> slices_;
};

}  // namespace weir::detail::recovery
