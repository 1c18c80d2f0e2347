#include "coordinator/settings_file.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "weir/errors.hpp"

namespace weir::detail::coordinator {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

void append_utf8(std::string& to, std::uint32_t character) {
  const auto byte = [&to](std::uint32_t bits) { to += static_cast<char>(bits); };
  const auto rest = [&](unsigned shift) { byte(0x80U | ((character >> shift) & 0x3FU)); };
  if (character < 0x80) {
    byte(character);
  } else if (character < 0x800) {
    byte(0xC0U | (character >> 6U));
    rest(0);
  } else if (character < 0x10000) {
    byte(0xE0U | (character >> 12U));
    rest(6);
    rest(0);
  } else {
    byte(0xF0U | (character >> 18U));
    rest(12);
    rest(6);
    rest(0);
  }
}

class SettingsReader {
 public:
  explicit SettingsReader(std::string_view text) : text_{text} {
    if (text_.starts_with("\xEF\xBB\xBF")) {
      text_.remove_prefix(3);
    }
  }

  std::vector<Setting> read() {
    std::vector<Setting> settings;
    while (skip_to_line_with_something()) {
      Setting setting = read_setting();
      const auto earlier = std::ranges::find(settings, setting.name, &Setting::name);
      if (earlier != settings.end()) {
        line_ = setting.line;
        fail(fmt::format("\"{}\" is in line {} already", setting.name, earlier->line));
      }
      settings.push_back(std::move(setting));
    }
    return settings;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw UsageError{fmt::format("line {}: {}", line_, what)}; }

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] bool at_end_of_line() const { return at_end() || text_[at_] == '\n'; }
  [[nodiscard]] char here() const { return at_end() ? '\n' : text_[at_]; }

  void skip_blanks() {
    while (!at_end() && is_blank(text_[at_])) {
      ++at_;
    }
  }

  void skip_comment() {
    skip_blanks();
    if (here() == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    }
  }

  // False at the end.
  bool skip_to_line_with_something() {
    for (skip_comment(); !at_end() && here() == '\n'; skip_comment()) {
      ++at_;
      ++line_;
    }
    return !at_end();
  }

  Setting read_setting() {
    if (here() == '[') {
      fail("sections are not known; expected NAME = VALUE");
    }
    const std::size_t from = at_;
    while (is_name_letter(here())) {
      ++at_;
    }
    Setting setting{.name = std::string{text_.substr(from, at_ - from)}, .values = {}, .list = false, .line = line_};
    skip_blanks();
    if (setting.name.empty() || setting.name.front() == '-' || here() != '=') {
      fail("expected NAME = VALUE, with the name of a flag without its dashes");
    }
    ++at_;
    skip_blanks();
    setting.list = here() == '[';
    if (setting.list) {
      setting.values = read_list();
    } else {
      setting.values.push_back(here() == '"' || here() == '\'' ? read_quoted() : read_bare(setting.name));
    }
    skip_comment();
    if (!at_end_of_line()) {
      fail(fmt::format("expected the end of the line after the value of \"{}\", found {}", setting.name, here()));
    }
    return setting;
  }

  std::vector<std::string> read_list() {
    std::vector<std::string> values;
    ++at_;
    while (true) {
      if (!skip_to_line_with_something()) {
        fail("a list has no ] at its end");
      }
      if (here() == ']') {
        ++at_;
        return values;
      }
      if (here() != '"' && here() != '\'') {
        fail("expected a text in quotes or ] in the list; a text that begins with [ stands in quotes itself");
      }
      values.push_back(read_quoted());
      if (skip_to_line_with_something() && here() == ',') {
        ++at_;
      } else if (!at_end() && here() != ']') {
        fail("expected , or ] in the list");
      }
    }
  }

  std::string read_bare(std::string_view name) {
    const std::size_t from = at_;
    std::size_t end = at_;  // after the last letter that is no blank
    for (; !at_end_of_line(); ++at_) {
      if (here() == '#' && (at_ == from || at_ > end)) {
        break;
      }
      end = is_blank(here()) ? end : at_ + 1;
    }
    if (end == from) {
      fail(fmt::format("\"{}\" has no value", name));
    }
    return std::string{text_.substr(from, end - from)};
  }

  std::string read_quoted() {
    const char quote = here();
    std::string value;
    for (++at_; here() != quote; ++at_) {
      if (at_end_of_line()) {
        fail("a text in quotes does not end on its line");
      }
      if (here() == '\\' && quote == '"') {
        ++at_;
        read_escape(value);
      } else {
        value += here();
      }
    }
    ++at_;
    return value;
  }

  // Leaves the last letter of the escape to the caller.
  void read_escape(std::string& value) {
    constexpr std::string_view kEscapes = "btnfr\"\\";
    constexpr std::string_view kMeant = "\b\t\n\f\r\"\\";
    if (const std::size_t which = kEscapes.find(here()); which != std::string_view::npos && !at_end()) {
      value += kMeant[which];
      return;
    }
    const std::size_t digits = here() == 'u' ? 4 : here() == 'U' ? 8 : 0;
    std::uint32_t character = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      ++at_;
      const std::size_t digit = std::string_view{"0123456789abcdef0123456789ABCDEF"}.find(here());
      if (digit == std::string_view::npos) {
        fail("expected 4 hexadecimal digits after \\u, 8 after \\U");
      }
      character = character * 16 + static_cast<std::uint32_t>(digit % 16);
    }
    if (digits == 0 || character == 0 || character > 0x10FFFF || (character >= 0xD800 && character <= 0xDFFF)) {
      fail("unknown escape in a text; a \\ in \" \" is written \\\\, or stands in ' '");
    }
    append_utf8(value, character);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

}  // namespace

std::vector<Setting> read_settings(std::string_view text) { return SettingsReader{text}.read(); }

}  // namespace weir::detail::coordinator
