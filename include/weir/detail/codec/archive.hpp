#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <type_traits>

#include <cereal/cereal.hpp>

#include "weir/decode_error.hpp"
#include "weir/detail/codec/buffer.hpp"

namespace weir::detail::codec {

/// How values of a type are written and read: `write(archive, value)` and `read(archive, value)`. `kKnown` says whether
/// there is a codec, `Parts` lists the types that it needs in turn, and `kMinBytes`, at least 1, is the size of the
/// smallest value.
template <typename T>
struct Codec;

/// Throws a DecodeError that names the offset; out of line, off the fast path.
[[noreturn]] void throw_decode_error(const char* found, std::size_t remaining_bytes);

/// How deep values may be nested in values of their own type, so that no bytes can exhaust the stack.
inline constexpr int kMaxDepth = 256;

/// Writes values one after another into a buffer. It speaks cereal's protocol, so that types with cereal's functions
/// write themselves into it; types that weir knows have codecs of weir.
///
/// One archive lives as long as the edge that it serves, since making one costs more than a small item.
class OutputArchive : public cereal::OutputArchive<OutputArchive, cereal::AllowEmptyClassElision> {
  using Base = cereal::OutputArchive<OutputArchive, cereal::AllowEmptyClassElision>;

 public:
  OutputArchive();
  OutputArchive(const OutputArchive&) = delete;
  OutputArchive& operator=(const OutputArchive&) = delete;
  ~OutputArchive() override;

  /// Appends to the buffer's content.
  void attach(ByteBuffer& buffer) noexcept {
    buffer_ = &buffer;
    at_ = buffer.data() + buffer.used;
    end_ = buffer.data() + buffer.capacity();
  }

  /// Makes the bytes written since `attach` part of the buffer. Without it the buffer is as before.
  void commit() noexcept { buffer_->used = written(); }

  /// Bytes in the buffer, uncommitted ones included.
  [[nodiscard]] std::size_t written() const noexcept { return static_cast<std::size_t>(at_ - buffer_->data()); }

  void put(const void* from, std::size_t bytes) { std::memcpy(claim(bytes), from, bytes); }

  template <typename T>
  void put_raw(T value) {
    put(&value, sizeof(value));
  }

  /// Room for the next bytes. The caller must write all of them or give the rest back.
  [[nodiscard]] std::byte* claim(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at_) < bytes) [[unlikely]] {
      grow(bytes);
    }
    std::byte* const claimed = at_;
    at_ += bytes;
    return claimed;
  }
  /// Gives back the claimed bytes from `end` on.
  void give_back(std::byte* end) noexcept { at_ = end; }

  /// Written for a value without content, so that no value takes 0 bytes: lengths are checked against the bytes left.
  void put_padding() { put_raw(std::byte{0}); }

  void put_size(std::size_t size) { put_raw(checked_size(size)); }

  /// Their number, then `size` elements of `bytes` together.
  void put_sized(std::size_t size, const void* from, std::size_t bytes) {
    const std::uint32_t count = checked_size(size);
    std::byte* const to = claim(sizeof(count) + bytes);
    std::memcpy(to, &count, sizeof(count));
    copy(to + sizeof(count), static_cast<const std::byte*>(from), bytes);
  }

  /// @throws std::length_error  for a value that no receiver would take
  void enter() {
    if (depth_ == kMaxDepth) [[unlikely]] {
      throw std::length_error{"serialize: a value is nested in its own type more than 256 times"};
    }
    ++depth_;
  }
  void leave() noexcept { --depth_; }

  template <typename... Ts>
  OutputArchive& operator()(Ts&&... values) {
    (Codec<std::remove_cvref_t<Ts>>::write(*this, values), ...);
    return *this;
  }

  /// Through cereal's own dispatch.
  template <typename T>
  void by_cereal(const T& value) {
    Base::operator()(value);
  }

 private:
  // Most texts are short, and a call of memcpy takes longer than they do: with it a key and event of 32 bytes took 17
  // ns, with this 14. Two overlapping copies need no loop.
  static void copy(std::byte* to, const std::byte* from, std::size_t bytes) {
    if (bytes > 16) {
      std::memcpy(to, from, bytes);
    } else if (bytes >= 8) {
      copy_ends<8>(to, from, bytes);
    } else if (bytes >= 4) {
      copy_ends<4>(to, from, bytes);
    } else if (bytes != 0) {
      to[0] = from[0];
      to[bytes / 2] = from[bytes / 2];
      to[bytes - 1] = from[bytes - 1];
    }
  }

  template <std::size_t kBytes>
  static void copy_ends(std::byte* to, const std::byte* from, std::size_t bytes) {
    std::memcpy(to, from, kBytes);
    std::memcpy(to + bytes - kBytes, from + bytes - kBytes, kBytes);
  }

  static std::uint32_t checked_size(std::size_t size) {
    if (size > std::numeric_limits<std::uint32_t>::max()) [[unlikely]] {
      throw std::length_error{"serialize: a text or container of more than 4,294,967,295 elements"};
    }
    return static_cast<std::uint32_t>(size);
  }

  [[gnu::noinline]] void grow(std::size_t bytes) {
    const std::size_t used = written();
    buffer_->grow(used, used + bytes);
    at_ = buffer_->data() + used;
    end_ = buffer_->data() + buffer_->capacity();
  }

  ByteBuffer* buffer_ = nullptr;
  std::byte* at_ = nullptr;
  std::byte* end_ = nullptr;
  int depth_ = 0;
};

/// Reads the output of an OutputArchive. Trusts nothing: it checks every length against the bytes that are left before
/// it allocates anything for it.
class InputArchive : public cereal::InputArchive<InputArchive, cereal::AllowEmptyClassElision> {
  using Base = cereal::InputArchive<InputArchive, cereal::AllowEmptyClassElision>;

 public:
  InputArchive();
  InputArchive(const InputArchive&) = delete;
  InputArchive& operator=(const InputArchive&) = delete;
  ~InputArchive() override;

  void attach(const std::byte* begin, const std::byte* end) noexcept {
    at_ = begin;
    end_ = end;
  }

  [[nodiscard]] const std::byte* position() const noexcept { return at_; }
  [[nodiscard]] std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  void get(void* to, std::size_t bytes) {
    if (remaining() < bytes) [[unlikely]] {
      throw_decode_error("bytes end in the middle of a value", remaining());
    }
    if (bytes != 0) {  // an empty vector may have no address
      std::memcpy(to, at_, bytes);
    }
    at_ += bytes;
  }

  template <typename T>
  [[nodiscard]] T get_raw() {
    T value;
    get(&value, sizeof(value));
    return value;
  }

  void get_padding() { static_cast<void>(get_raw<std::byte>()); }

  /// A count of elements that take at least `min_bytes` each.
  [[nodiscard]] std::size_t get_size(std::size_t min_bytes) {
    const std::uint64_t size = get_raw<std::uint32_t>();
    if (size * min_bytes > remaining()) [[unlikely]] {
      throw_decode_error("a length is larger than what is left", remaining());
    }
    return size;
  }

  /// The next bytes, in place; the caller has checked that they exist.
  [[nodiscard]] const std::byte* take(std::size_t bytes) noexcept {
    const std::byte* const taken = at_;
    at_ += bytes;
    return taken;
  }

  void enter() {
    if (depth_ == kMaxDepth) [[unlikely]] {
      throw_decode_error("a value is nested in its own type more than 256 times", remaining());
    }
    ++depth_;
  }
  void leave() noexcept { --depth_; }

  template <typename... Ts>
  InputArchive& operator()(Ts&&... values) {
    (Codec<std::remove_cvref_t<Ts>>::read(*this, values), ...);
    return *this;
  }

  /// Through cereal's own dispatch.
  template <typename T>
  void by_cereal(T& value) {
    Base::operator()(value);
  }

 private:
  const std::byte* at_ = nullptr;
  const std::byte* end_ = nullptr;
  int depth_ = 0;
};

/// One level of values nested in values, while it lives.
template <typename Archive>
class Nesting {
 public:
  explicit Nesting(Archive& archive) : archive_{archive} { archive_.enter(); }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;
  ~Nesting() { archive_.leave(); }

 private:
  Archive& archive_;
};

}  // namespace weir::detail::codec

// Programs need not compile these bases of every archive again; src/codec/archive.cpp does.
extern template class cereal::OutputArchive<weir::detail::codec::OutputArchive, cereal::AllowEmptyClassElision>;
extern template class cereal::InputArchive<weir::detail::codec::InputArchive, cereal::AllowEmptyClassElision>;

// Types with cereal's save_minimal ask for the other direction's archive by these.
CEREAL_SETUP_ARCHIVE_TRAITS(weir::detail::codec::InputArchive, weir::detail::codec::OutputArchive)
