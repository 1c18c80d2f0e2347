#include "weir/detail/snapshot/state_changes.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace weir::detail::snapshot {
namespace {

constexpr std::size_t kFirstBytes = 4096;

}  // namespace

StateChanges::StateChanges() : bytes_{kFirstBytes} {}

StateChanges::~StateChanges() = default;

std::size_t StateChanges::begin_record(KeyHash hash) {
  archive_.attach(bytes_);
  archive_.put_raw(static_cast<std::uint16_t>(key_group(hash)));
  archive_.put_raw(std::uint64_t{0});  // both lengths, known at the end
  return archive_.written();
}

void StateChanges::end_record(std::size_t key_at, std::size_t state_at, bool has_state) {
  const std::size_t end = archive_.written();
  archive_.commit();
  const std::uint32_t lengths[2] = {static_cast<std::uint32_t>(state_at - key_at),
                                    has_state ? static_cast<std::uint32_t>(end - state_at) : kNoState};
  std::memcpy(bytes_.data() + key_at - sizeof(lengths), lengths, sizeof(lengths));
}

}  // namespace weir::detail::snapshot
