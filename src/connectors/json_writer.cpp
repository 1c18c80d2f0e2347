#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <rapidjson/writer.h>

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

void JsonWriter::text(std::string_view text) {
  separate();
  quote(text);
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
