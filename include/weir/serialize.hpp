#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

#include "weir/decode_error.hpp"
#include "weir/detail/codec/archive.hpp"
#include "weir/detail/codec/codec.hpp"
#include "weir/detail/codec/container_codec.hpp"
#include "weir/detail/codec/unserializable.hpp"

namespace weir {

/// A type whose values can cross workers and be kept in state: default-constructible, and either a plain aggregate (at
/// most 100 fields; no bases, C arrays, bit-fields, unions), a type with cereal's functions, or a number, text,
/// standard container, pair, tuple, optional or variant of such.
///
/// If a type is not, the compiler's notes after the error name the field and the reason.
template <typename T>
concept serializable = detail::codec::CanCrossWorkers<detail::codec::WhyNotSerializable<std::remove_cv_t<T>>>;

namespace detail {

/// Writes an item.
template <typename T>
void encode(codec::OutputArchive& archive, const T& value) {
  codec::Codec<T>::write(archive, value);
}

/// Reads an item.
/// @throws DecodeError
template <typename T>
void decode(codec::InputArchive& archive, T& value) {
  try {
    codec::Codec<T>::read(archive, value);
  } catch (const cereal::Exception& error) {
    throw DecodeError{error.what()};
  }
}

/// A value's bytes.
template <typename T>
std::string to_bytes(const T& value) {
  codec::ByteBuffer buffer{256};
  codec::OutputArchive archive;
  archive.attach(buffer);
  encode(archive, value);
  archive.commit();
  return {reinterpret_cast<const char*>(buffer.data()), buffer.used};
}

/// Reads a value from its bytes.
/// @throws DecodeError  also if bytes are left over
template <typename T>
T from_bytes(std::string_view bytes) {
  codec::InputArchive archive;
  const auto* const begin = reinterpret_cast<const std::byte*>(bytes.data());
  archive.attach(begin, begin + bytes.size());
  T value{};
  decode(archive, value);
  if (archive.remaining() != 0) {
    codec::throw_decode_error("bytes are left over after the value", archive.remaining());
  }
  return value;
}

}  // namespace detail
}  // namespace weir
