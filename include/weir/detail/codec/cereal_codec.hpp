#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <cereal/cereal.hpp>

#include "weir/detail/codec/archive.hpp"
#include "weir/detail/codec/reflect.hpp"

namespace weir::detail::codec {

/// A type that has functions of cereal.
template <typename T>
concept HasCereal = cereal::traits::is_output_serializable<T, OutputArchive>::value &&
                    cereal::traits::is_input_serializable<T, InputArchive>::value;

/// Which of cereal's functions a type has, of those that cereal's archives would not call in the way that weir needs.
/// If a type has several, a specialization of cereal::specialize decides which one counts.
template <typename T>
struct CerealFunctions {
  template <bool kHas, bool kChosen>
  static constexpr bool kUses = kHas && (kChosen || !cereal::traits::is_specialized<T, OutputArchive>::value);

  static constexpr bool kMemberMinimal =
      kUses<cereal::traits::has_member_save_minimal<T, OutputArchive>::value,
            cereal::traits::is_specialized_member_save_minimal<T, OutputArchive>::value>;
  static constexpr bool kFreeMinimal =
      kUses<cereal::traits::has_non_member_save_minimal<T, OutputArchive>::value,
            cereal::traits::is_specialized_non_member_save_minimal<T, OutputArchive>::value>;
  static constexpr bool kVersionedMember =
      kUses<cereal::traits::has_member_versioned_serialize<T, OutputArchive>::value,
            cereal::traits::is_specialized_member_serialize<T, OutputArchive>::value>;
  static constexpr bool kVersionedFree =
      kUses<cereal::traits::has_non_member_versioned_serialize<T, OutputArchive>::value,
            cereal::traits::is_specialized_non_member_serialize<T, OutputArchive>::value>;
  static constexpr bool kVersionedMemberSave =
      kUses<cereal::traits::has_member_versioned_save<T, OutputArchive>::value,
            cereal::traits::is_specialized_member_save<T, OutputArchive>::value>;
  static constexpr bool kVersionedFreeSave =
      kUses<cereal::traits::has_non_member_versioned_save<T, OutputArchive>::value,
            cereal::traits::is_specialized_non_member_save<T, OutputArchive>::value>;
  static constexpr bool kVersionedMemberMinimal =
      kUses<cereal::traits::has_member_versioned_save_minimal<T, OutputArchive>::value,
            cereal::traits::is_specialized_member_save_minimal<T, OutputArchive>::value>;
  static constexpr bool kVersionedFreeMinimal =
      kUses<cereal::traits::has_non_member_versioned_save_minimal<T, OutputArchive>::value,
            cereal::traits::is_specialized_non_member_save_minimal<T, OutputArchive>::value>;
  static constexpr bool kVersioned = kVersionedMember || kVersionedFree || kVersionedMemberSave || kVersionedFreeSave ||
                                     kVersionedMemberMinimal || kVersionedFreeMinimal;
};

/// Writes a value by its type's functions. cereal's archives write a type's version once for each archive; weir writes
/// it with every value, since an archive serves many buffers and buffers have many readers.
template <typename T>
void write_by_cereal(OutputArchive& archive, const T& value) {
  using Has = CerealFunctions<T>;
  if constexpr (Has::kVersioned) {
    const std::uint32_t version = cereal::detail::Version<T>::version;
    archive(version);
    if constexpr (Has::kVersionedMember) {
      cereal::access::member_serialize(archive, const_cast<T&>(value), version);
    } else if constexpr (Has::kVersionedFree) {
      CEREAL_SERIALIZE_FUNCTION_NAME(archive, const_cast<T&>(value), version);
    } else if constexpr (Has::kVersionedMemberSave) {
      cereal::access::member_save(archive, value, version);
    } else if constexpr (Has::kVersionedFreeSave) {
      CEREAL_SAVE_FUNCTION_NAME(archive, value, version);
    } else if constexpr (Has::kVersionedMemberMinimal) {
      archive(cereal::access::member_save_minimal(archive, value, version));
    } else {
      archive(CEREAL_SAVE_MINIMAL_FUNCTION_NAME(archive, value, version));
    }
  } else if constexpr (Has::kMemberMinimal) {
    archive(cereal::access::member_save_minimal(archive, value));
  } else if constexpr (Has::kFreeMinimal) {
    archive(CEREAL_SAVE_MINIMAL_FUNCTION_NAME(archive, value));
  } else {
    archive.by_cereal(value);
  }
}

/// Reads the result of a save_minimal function.
template <typename Minimal>
std::remove_cvref_t<Minimal> read_minimal(InputArchive& archive) {
  std::remove_cvref_t<Minimal> minimal{};
  archive(minimal);
  return minimal;
}

template <typename T>
void read_by_cereal(InputArchive& archive, T& value) {
  using Has = CerealFunctions<T>;
  using Out = const OutputArchive&;
  using Value = const T&;
  if constexpr (Has::kVersioned) {
    std::uint32_t version = 0;
    archive(version);
    if constexpr (Has::kVersionedMember) {
      cereal::access::member_serialize(archive, value, version);
    } else if constexpr (Has::kVersionedFree) {
      CEREAL_SERIALIZE_FUNCTION_NAME(archive, value, version);
    } else if constexpr (Has::kVersionedMemberSave) {
      cereal::access::member_load(archive, value, version);
    } else if constexpr (Has::kVersionedFreeSave) {
      CEREAL_LOAD_FUNCTION_NAME(archive, value, version);
    } else if constexpr (Has::kVersionedMemberMinimal) {
      using Minimal = decltype(cereal::access::member_save_minimal(std::declval<Out>(), std::declval<Value>(), 0U));
      cereal::access::member_load_minimal(archive, value, read_minimal<Minimal>(archive), version);
    } else {
      using Minimal = decltype(CEREAL_SAVE_MINIMAL_FUNCTION_NAME(std::declval<Out>(), std::declval<Value>(), 0U));
      CEREAL_LOAD_MINIMAL_FUNCTION_NAME(archive, value, read_minimal<Minimal>(archive), version);
    }
  } else if constexpr (Has::kMemberMinimal) {
    using Minimal = decltype(cereal::access::member_save_minimal(std::declval<Out>(), std::declval<Value>()));
    cereal::access::member_load_minimal(archive, value, read_minimal<Minimal>(archive));
  } else if constexpr (Has::kFreeMinimal) {
    using Minimal = decltype(CEREAL_SAVE_MINIMAL_FUNCTION_NAME(std::declval<Out>(), std::declval<Value>()));
    CEREAL_LOAD_MINIMAL_FUNCTION_NAME(archive, value, read_minimal<Minimal>(archive));
  } else {
    archive.by_cereal(value);
  }
}

/// A wrapper of a value that cereal's functions of user types pass to the archive; never an item itself.
struct WrapperCodec {
  static constexpr bool kKnown = false;
  static constexpr std::size_t kMinBytes = 1;
  using Parts = TypeList<>;
};

template <typename T>
struct Codec<cereal::NameValuePair<T>> : WrapperCodec {
  static void write(OutputArchive& archive, const cereal::NameValuePair<T>& pair) { archive(pair.value); }
  static void read(InputArchive& archive, cereal::NameValuePair<T>& pair) { archive(pair.value); }
};

template <typename K, typename V>
struct Codec<cereal::MapItem<K, V>> : WrapperCodec {
  static void write(OutputArchive& archive, const cereal::MapItem<K, V>& item) { archive(item.key, item.value); }
  static void read(InputArchive& archive, cereal::MapItem<K, V>& item) { archive(item.key, item.value); }
};

template <typename T>
struct Codec<cereal::SizeTag<T>> : WrapperCodec {
  static void write(OutputArchive& archive, const cereal::SizeTag<T>& tag) {
    archive.put_size(static_cast<std::size_t>(tag.size));
  }
  static void read(InputArchive& archive, cereal::SizeTag<T>& tag) {
    tag.size = static_cast<std::remove_cvref_t<T>>(archive.get_size(1));
  }
};

template <typename T>
struct Codec<cereal::BinaryData<T>> : WrapperCodec {
  static void write(OutputArchive& archive, const cereal::BinaryData<T>& data) {
    if (data.size != 0) {
      archive.put(data.data, static_cast<std::size_t>(data.size));
    }
  }
  static void read(InputArchive& archive, cereal::BinaryData<T>& data) {
    archive.get(data.data, static_cast<std::size_t>(data.size));
  }
};

template <typename Base>
struct Codec<cereal::base_class<Base>> : WrapperCodec {
  static void write(OutputArchive& archive, const cereal::base_class<Base>& base) { archive(*base.base_ptr); }
  static void read(InputArchive& archive, cereal::base_class<Base>& base) { archive(*base.base_ptr); }
};

// cereal's archives write a virtual base once for each archive; weir writes it with every value.
template <typename Base>
struct Codec<cereal::virtual_base_class<Base>> : WrapperCodec {
  static void write(OutputArchive& archive, const cereal::virtual_base_class<Base>& base) { archive(*base.base_ptr); }
  static void read(InputArchive& archive, cereal::virtual_base_class<Base>& base) { archive(*base.base_ptr); }
};

}  // namespace weir::detail::codec
