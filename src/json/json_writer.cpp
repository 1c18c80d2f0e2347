#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <rapidjson/writer.h>

#include "codec/utf8.hpp"
#include "weir/json.hpp"

namespace weir {
namespace {

/// Where RapidJSON's writer puts its text.
class Appended {
 public:
  using Ch = char;
  explicit Appended(std::string& to) : to_{&to} {}
  // NOLINTBEGIN(readability-identifier-naming): RapidJSON's names
  void Put(char byte) { to_->push_back(byte); }
  void Flush() {}
  // NOLINTEND(readability-identifier-naming)

 private:
  std::string* to_;
};

// RapidJSON writes the values; what stands between them is a matter of one flag.
template <typename Write>
void write_value(std::string& to, Write write) {
  Appended stream{to};
  rapidjson::Writer<Appended> writer{stream};
  write(writer);
}

}  // namespace

void JsonWriter::separate() {
  if (comma_) {
    *to_ += ',';
  }
  comma_ = true;
}

void JsonWriter::quote(std::string_view text) {
  if (const std::size_t valid = detail::codec::valid_utf8(text); valid != text.size()) {
    throw std::domain_error{fmt::format(
        "JSON is UTF-8, and a text has the byte 0x{:02x} after {} bytes, which begins no character; decode it first",
        static_cast<unsigned char>(text[valid]), valid)};
  }
  write_value(*to_, [&](auto& writer) { writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size())); });
}

void JsonWriter::null() {
  separate();
  *to_ += "null";
}

void JsonWriter::boolean(bool truth) {
  separate();
  *to_ += truth ? "true" : "false";
}

void JsonWriter::number(std::int64_t number) {
  separate();
  write_value(*to_, [&](auto& writer) { writer.Int64(number); });
}

void JsonWriter::number(std::uint64_t number) {
  separate();
  write_value(*to_, [&](auto& writer) { writer.Uint64(number); });
}

void JsonWriter::number(double number) {
  if (!std::isfinite(number)) {
    throw std::domain_error{fmt::format("JSON has no number for {}", number)};
  }
  separate();
  write_value(*to_, [&](auto& writer) { writer.Double(number); });
}

void JsonWriter::number(long double number) {
  if (!std::isfinite(number)) {
    throw std::domain_error{fmt::format("JSON has no number for {}", number)};
  }
  separate();
  *to_ += fmt::format("{}", number);
}

void JsonWriter::text(std::string_view text) {
  separate();
  quote(text);
}

void JsonWriter::time(const detail::codec::SplitTime& time) {
  using std::chrono::sys_days;
  if (time.second < sys_days{std::chrono::year{0} / 1 / 1} ||
      time.second >= sys_days{std::chrono::year{10000} / 1 / 1}) {
    throw std::domain_error{
        fmt::format("JSON has no time for {} s since 1970, which is not between the years 0 and 9999",
                    time.second.time_since_epoch().count())};
  }
  separate();
  *to_ += '"';
  detail::codec::append_time(*to_, time);
  *to_ += '"';
}

void JsonWriter::begin_array() {
  separate();
  *to_ += '[';
  comma_ = false;
}

void JsonWriter::end_array() {
  *to_ += ']';
  comma_ = true;
}

void JsonWriter::begin_object() {
  separate();
  *to_ += '{';
  comma_ = false;
}

void JsonWriter::end_object() {
  *to_ += '}';
  comma_ = true;
}

void JsonWriter::name(std::string_view name) {
  separate();
  quote(name);
  *to_ += ':';
  comma_ = false;
}

}  // namespace weir
