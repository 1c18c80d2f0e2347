#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <type_traits>

#include <cereal/cereal.hpp>

#include "weir/decode_error.hpp"
#include "weir/detail/buffer.hpp"

namespace weir::detail {

template <typename T>
struct Codec;

/// Throws a DecodeError that names the offset; out of line, off the fast path.
[[noreturn]] void throw_decode_error(const char* found, std::size_t remaining_bytes);

/// Writes values one behind the other into a buffer. It speaks cereal's protocol, so that types with cereal's functions
/// write themselves into it; what weir knows it writes by its own codecs.
///
/// One archive lives as long as the edge that it serves, since making one costs more than a small item.
class OutputArchive : public cereal::OutputArchive<OutputArchive, cereal::AllowEmptyClassElision> {
  using Base = cereal::OutputArchive<OutputArchive, cereal::AllowEmptyClassElision>;

 public:
  OutputArchive() : Base{this} {}

  /// Goes on behind what the buffer holds.
  void attach(ByteBuffer& buffer) noexcept {
    buffer_ = &buffer;
    at_ = buffer.data() + buffer.used;
    end_ = buffer.data() + buffer.capacity();
  }

  /// Makes what was written since `attach` part of the buffer. Without it the buffer is as before.
  void commit() noexcept { buffer_->used = written(); }

  /// Bytes in the buffer, what is not committed included.
  [[nodiscard]] std::size_t written() const noexcept { return static_cast<std::size_t>(at_ - buffer_->data()); }

  void put(const void* from, std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at_) < bytes) [[unlikely]] {
      grow(bytes);
    }
    std::memcpy(at_, from, bytes);
    at_ += bytes;
  }

  template <typename T>
  void put_raw(T value) {
    put(&value, sizeof(value));
  }

  void put_size(std::size_t size) {
    if (size > std::numeric_limits<std::uint32_t>::max()) [[unlikely]] {
      throw std::length_error{"serialize: a text or container of more than 4,294,967,295 elements"};
    }
    put_raw(static_cast<std::uint32_t>(size));
  }

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
  [[gnu::noinline]] void grow(std::size_t bytes) {
    const std::size_t used = written();
    buffer_->grow(used, used + bytes);
    at_ = buffer_->data() + used;
    end_ = buffer_->data() + buffer_->capacity();
  }

  ByteBuffer* buffer_ = nullptr;
  std::byte* at_ = nullptr;
  std::byte* end_ = nullptr;
};

/// Reads what an OutputArchive wrote. Trusts nothing: every length is held against the bytes that are left before
/// anything is allocated for it.
class InputArchive : public cereal::InputArchive<InputArchive, cereal::AllowEmptyClassElision> {
  using Base = cereal::InputArchive<InputArchive, cereal::AllowEmptyClassElision>;

 public:
  static constexpr int kMaxDepth = 256;

  InputArchive() : Base{this} {}

  void attach(const std::byte* begin, const std::byte* end) noexcept {
    at_ = begin;
    end_ = end;
    depth_ = 0;
  }

  [[nodiscard]] const std::byte* position() const noexcept { return at_; }
  [[nodiscard]] std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  void get(void* to, std::size_t bytes) {
    if (remaining() < bytes) [[unlikely]] {
      throw_decode_error("bytes end in the middle of a value", remaining());
    }
    std::memcpy(to, at_, bytes);
    at_ += bytes;
  }

  template <typename T>
  [[nodiscard]] T get_raw() {
    T value;
    get(&value, sizeof(value));
    return value;
  }

  /// A count of elements that take at least `min_bytes` each.
  [[nodiscard]] std::size_t get_size(std::size_t min_bytes) {
    const auto size = get_raw<std::uint32_t>();
    if (size > remaining() / min_bytes) [[unlikely]] {
      throw_decode_error("a length is larger than what is left", remaining());
    }
    return size;
  }

  /// The next bytes, in place.
  [[nodiscard]] const std::byte* take(std::size_t bytes) noexcept {
    const std::byte* const taken = at_;
    at_ += bytes;
    return taken;
  }

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

  void enter() {
    if (++depth_ > kMaxDepth) {
      throw_decode_error("values are nested too deeply", remaining());
    }
  }
  void leave() noexcept { --depth_; }

 private:
  const std::byte* at_ = nullptr;
  const std::byte* end_ = nullptr;
  int depth_ = 0;
};

}  // namespace weir::detail
