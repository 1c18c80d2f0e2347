#include "recovery/shape_json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "codec/utf8.hpp"
#include "weir/decode_error.hpp"
#include "weir/json.hpp"

namespace weir::detail::recovery {
namespace {

constexpr std::size_t kMaxDepth = 1'000;

/// Walks a shape and the bytes that have it side by side. A part of a shape may be walked several times, as that of a
/// container's elements.
class Walk {
 public:
  Walk(std::string_view shape, std::string_view bytes, std::string& json) : shape_{shape}, bytes_{bytes}, json_{json} {}

  void run() {
    value();
    if (!bytes_.empty() && !rest_is_own_) {
      throw DecodeError{fmt::format("{} bytes are left over after a value of shape {}", bytes_.size(), shape_)};
    }
  }

 private:
  void value() {
    if (around_.size() > kMaxDepth) {
      throw DecodeError{"a value is nested too deep"};
    }
    around_.push_back(at_);
    if (take("v")) {
      number_in_shape();
      expect(" ");
    }
    if (rest_is_own_) {
      skip();
      json_.null();
    } else if (take("?")) {
      optional();
    } else if (take("(")) {
      list(")");
    } else if (take("{")) {
      fields();
    } else if (take("<")) {
      alternative();
    } else if (take("[")) {
      container();
    } else if (take("^")) {
      again();
    } else if (take("own")) {
      own();
    } else {
      scalar();
    }
    around_.pop_back();
  }

  void optional() {
    if (byte() != 0) {
      value();
    } else {
      skip();
      json_.null();
    }
  }

  // The shape does not tell where it ends.
  void own() {
    rest_is_own_ = true;
    json_.text(hexadecimal(std::exchange(bytes_, {})));
  }

  // JSON's texts are UTF-8; other bytes are an object, which no text is.
  void text(std::string_view bytes) {
    if (codec::valid_utf8(bytes) == bytes.size()) {
      json_.text(bytes);
      return;
    }
    json_.begin_object();
    json_.name("bytes");
    json_.text(hexadecimal(bytes));
    json_.end_object();
  }

  static std::string hexadecimal(std::string_view bytes) {
    std::string digits;
    for (const char each : bytes) {
      digits += fmt::format("{:02x}", static_cast<unsigned char>(each));
    }
    return digits;
  }

  void list(std::string_view end) {
    json_.begin_array();
    if (!take(end)) {
      do {
        value();
      } while (take(", "));
      expect(end);
    } else {
      byte();  // a value without content takes one
    }
    json_.end_array();
  }

  void fields() {
    if (take("}")) {
      byte();
      json_.begin_array();
      json_.end_array();
      return;
    }
    if (!named()) {
      list("}");
      return;
    }
    json_.begin_object();
    do {
      const std::size_t colon = shape_.find(": ", at_);
      json_.name(shape_.substr(at_, colon - at_));
      at_ = colon + 2;
      value();
    } while (take(", "));
    expect("}");
    json_.end_object();
  }

  // Whether a name, rather than a shape, follows the brace.
  [[nodiscard]] bool named() const {
    const std::size_t stop = shape_.find_first_of(":,}{[<(", at_);
    return stop != std::string_view::npos && shape_[stop] == ':';
  }

  void alternative() {
    for (std::size_t chosen = byte(); chosen > 0; --chosen) {
      skip();
      expect(" | ");
    }
    value();
    while (take(" | ")) {
      skip();
    }
    expect(">");
  }

  void container() {
    const std::size_t begin = at_;
    skip();
    const bool map = take(": ");
    const std::size_t mapped = at_;
    if (map) {
      skip();
    }
    expect("]");
    const std::size_t end = at_;
    const bool array = at_ < shape_.size() && shape_[at_] >= '0' && shape_[at_] <= '9';
    const std::uint64_t count = array ? number_in_shape() : number<std::uint32_t>();
    if (count > bytes_.size()) {
      throw DecodeError{"a container is longer than what is left"};
    }
    json_.begin_array();
    for (std::uint64_t i = 0; i < count; ++i) {
      at_ = begin;
      if (map) {
        json_.begin_array();
        value();
        at_ = mapped;
        value();
        json_.end_array();
      } else {
        value();
      }
    }
    json_.end_array();
    if (array && count == 0) {
      byte();
    }
    at_ = end;
    if (array) {
      number_in_shape();
    }
  }

  void again() {
    const std::uint64_t up = number_in_shape();
    if (up >= around_.size()) {
      throw DecodeError{"a shape refers to nothing"};
    }
    const std::size_t back = at_;
    const std::vector<std::size_t> around = around_;
    at_ = around_[around_.size() - 1 - up];
    around_.resize(around_.size() - 1 - up);
    value();
    around_ = around;
    at_ = back;
  }

  void scalar() {
    take_prefixes();
    if (take("bool")) {
      json_.boolean(byte() != 0);
    } else if (take("text")) {
      const std::uint64_t unit = number_in_shape() / 8;
      text(take_bytes(number<std::uint32_t>() * unit));
    } else if (take("f32")) {
      real(number<float>());
    } else if (take("f")) {
      number_in_shape();
      real(number<double>());
    } else if (take("i")) {
      whole<std::int8_t, std::int16_t, std::int32_t, std::int64_t>();
    } else if (take("u")) {
      whole<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>();
    } else {
      throw DecodeError{fmt::format("\"{}\" is no shape", shape_.substr(at_))};
    }
  }

  // Skips the prefixes of a number that do not change how it is written.
  void take_prefixes() {
    static_cast<void>(take("enum "));
    if (take("time ")) {
      number_in_shape();
      expect("/");
      number_in_shape();
      expect(" ");
    }
  }

  void real(double number) { std::isfinite(number) ? json_.number(number) : json_.text(fmt::format("{}", number)); }

  template <typename I8, typename I16, typename I32, typename I64>
  void whole() {
    switch (number_in_shape()) {
      case 8:
        json_.number(I64{number<I8>()});
        break;
      case 16:
        json_.number(I64{number<I16>()});
        break;
      case 32:
        json_.number(I64{number<I32>()});
        break;
      default:
        json_.number(number<I64>());
    }
  }

  // Skips one part of the shape.
  void skip() {
    int open = 0;
    for (; at_ < shape_.size(); ++at_) {
      const char letter = shape_[at_];
      const std::string_view rest = shape_.substr(at_);
      if (open == 0 && (letter == ')' || letter == '}' || letter == ']' || letter == '>' || rest.starts_with(", ") ||
                        rest.starts_with(" | ") || rest.starts_with(": "))) {
        return;
      }
      open += letter == '(' || letter == '{' || letter == '[' || letter == '<' ? 1 : 0;
      open -= letter == ')' || letter == '}' || letter == ']' || letter == '>' ? 1 : 0;
    }
  }

  [[nodiscard]] bool take(std::string_view text) {
    const bool there = shape_.substr(at_).starts_with(text);
    at_ += there ? text.size() : 0;
    return there;
  }

  void expect(std::string_view text) {
    if (!take(text)) {
      throw DecodeError{fmt::format("\"{}\" is no shape", shape_)};
    }
  }

  std::uint64_t number_in_shape() {
    std::uint64_t number = 0;
    const std::string digits{shape_.substr(at_, 20)};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    at_ += static_cast<std::size_t>(end - digits.data());
    return number;
  }

  std::string_view take_bytes(std::uint64_t count) {
    if (count > bytes_.size()) {
      throw DecodeError{"a value is cut off"};
    }
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }

  template <typename T>
  T number() {
    T number{};
    std::ranges::copy(take_bytes(sizeof(T)), reinterpret_cast<char*>(&number));
    return number;
  }

  std::uint8_t byte() { return number<std::uint8_t>(); }

  std::string_view shape_;
  std::string_view bytes_;
  JsonWriter json_;
  std::size_t at_ = 0;
  std::vector<std::size_t> around_;  // where the values begin that the present one is in
  bool rest_is_own_ = false;
};

}  // namespace

std::string json_of(std::string_view shape, std::string_view bytes) {
  std::string json;
  Walk{shape, bytes, json}.run();
  return json;
}

}  // namespace weir::detail::recovery
