#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "weir/detail/codec/archive.hpp"
#include "weir/detail/codec/buffer.hpp"
#include "weir/detail/codec/codec.hpp"
#include "weir/detail/codec/container_codec.hpp"
#include "weir/key.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::snapshot {

/// The state of a keyed step in a snapshot: a key and its state, both serialized.
struct StateRecord {
  std::uint16_t group = 0;  ///< the key's
  std::string_view key;
  std::optional<std::string_view> state;  ///< none: the key has ended
  bool migrated = false;                  ///< the state differs from the snapshot's
  std::optional<WorkerIndex> worker{};    ///< whose it is; none: that of the owner of the group
};

/// The state length of a key that has ended.
inline constexpr std::uint32_t kNoState = 0xFFFFFFFF;

/// The bytes before a record's key: its group, and the lengths of its key and state.
inline constexpr std::size_t kRecordHeadBytes = 10;

/// The keys of one step that changed in one epoch on one worker: records in the order of `add`, each
///
///     u16 group | u32 key bytes | u32 state bytes, or kNoState | key | state      (little-endian)
class StateChanges {
 public:
  StateChanges();
  StateChanges(const StateChanges&) = delete;
  StateChanges& operator=(const StateChanges&) = delete;
  ~StateChanges();

  /// The key has this state now, or none.
  template <typename K, typename S>
  void add(KeyHash hash, const K& key, const S* state) {
    const std::size_t key_at = begin_record(hash);
    codec::Codec<K>::write(archive_, key);
    const std::size_t state_at = archive_.written();
    if (state != nullptr) {
      codec::Codec<S>::write(archive_, *state);
    }
    end_record(key_at, state_at, state != nullptr);
  }

  [[nodiscard]] std::string_view bytes() const noexcept {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.used};
  }

 private:
  // Writes a record's head, without the lengths. Returns where its key begins.
  std::size_t begin_record(KeyHash hash);
  void end_record(std::size_t key_at, std::size_t state_at, bool has_state);

  codec::ByteBuffer bytes_;
  codec::OutputArchive archive_;
};

}  // namespace weir::detail::snapshot
