#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "weir/detail/containers/is_optional.hpp"
#include "weir/detail/graph/signature.hpp"
#include "weir/emit.hpp"
#include "weir/json_lines.hpp"
#include "weir/json_shape.hpp"
#include "weir/kafka/record.hpp"

namespace weir::detail::kafka {

/// Throws an InputError with the current exception nested, and with its words.
[[noreturn]] void fail_decoder_nested();

/// Parses the values of records as JSON.
class JsonValues {
 public:
  /// @return  valid until the next call
  /// @throws InputError  if the record has no value, or one that is not UTF-8 or no JSON
  JsonValue parse(const KafkaRecord& record);

  /// Throws an InputError for the current exception of a shape.
  [[noreturn]] static void fail_nested();

 private:
  std::string text_;
  JsonParser parser_;
};

/// A JSON shape.
template <typename D>
struct Decoder {
  static_assert(
      JsonShape<D>,
      "KafkaInput: needs a JSON shape as weir::fields makes, or a decoder with one signature: "
      "(const weir::KafkaRecord&, weir::Emit<Item>&), or (const weir::KafkaRecord&) that returns an Item or a "
      "std::optional<Item>");
  using Item = typename D::Value;

  explicit Decoder(D of) : shape{std::move(of)} {}

  void operator()(const KafkaRecord& record, Emit<Item>& emit) {
    Item item{};
    const JsonValue json = values.parse(record);
    try {
      shape.read(json, item);
    } catch (...) {
      JsonValues::fail_nested();
    }
    emit(std::move(item));
  }

  D shape;
  JsonValues values{};
};

template <typename D>
inline constexpr bool kTakesRecord = [] {
  if constexpr (graph::HasSignature<D>) {
    if constexpr (graph::Signature<D>::kArity > 0) {
      return std::same_as<graph::FirstArgument<D>, KafkaRecord>;
    }
  }
  return false;
}();

template <typename D, std::size_t kParameters>
concept RecordFunction =
    !JsonShape<D> && graph::HasSignature<D> && kTakesRecord<D> && graph::Signature<D>::kArity == kParameters;

template <typename E>
struct EmittedBy;
template <typename T>
struct EmittedBy<Emit<T>> {
  using type = T;
};

/// A decoder that emits.
template <RecordFunction<2> D>
struct Decoder<D> {
  using Item = typename EmittedBy<typename graph::Signature<D>::template Argument<1>>::type;

  explicit Decoder(D of) : decode{std::move(of)} {}

  void operator()(const KafkaRecord& record, Emit<Item>& emit) { std::invoke(decode, record, emit); }

  D decode;
};

/// A decoder that returns an item, or none.
template <RecordFunction<1> D>
struct Decoder<D> {
  using Result = std::remove_cvref_t<typename graph::Signature<D>::Result>;

  template <typename R>
  struct ItemOf {
    using type = R;
  };
  template <typename T>
  struct ItemOf<std::optional<T>> {
    using type = T;
  };
  using Item = typename ItemOf<Result>::type;

  explicit Decoder(D of) : decode_{std::move(of)} {}

  void operator()(const KafkaRecord& record, Emit<Item>& emit) {
    Result result = decoded(record);
    if constexpr (containers::IsOptional<Result>::value) {
      if (result) {
        emit(std::move(*result));
      }
    } else {
      emit(std::move(result));
    }
  }

 private:
  Result decoded(const KafkaRecord& record) {
    try {
      return std::invoke(decode_, record);
    } catch (...) {
      fail_decoder_nested();
    }
  }

  D decode_;
};

/// A whole message.
struct CopyMessage {
  KafkaMessage operator()(const KafkaRecord& record) const;
};

}  // namespace weir::detail::kafka
