#include "json/json_scanner.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

namespace weir::detail::json {
namespace {

/// 10 or more: it is none.
unsigned digit_of(char c) noexcept { return unsigned{static_cast<unsigned char>(c)} - '0'; }

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

template <typename T>
bool read(std::string_view text, T& number) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

[[gnu::noinline]] void grow(std::vector<JsonNode>& nodes) {
  constexpr std::size_t kFew = 64;
  nodes.resize(kFew + 2 * nodes.size());
}

/// Replaces the escapes of a node's text. A function of its own, and not of a pass over JSON, which lies in registers
/// as long as nobody else sees it.
[[gnu::noinline]] bool unescape(JsonNode& node, Unescaped& unescaped) {
  const std::optional<std::string_view> text = unescaped.add({node.text, node.size});
  if (text) {
    node.text = text->data();
    node.size = static_cast<std::uint32_t>(text->size());
  }
  return text.has_value();
}

}  // namespace

void set_number(JsonNode& node, std::string_view text) noexcept {
  node.kind = JsonNode::Kind::kUnsigned;
  if (read(text, node.whole)) {
    return;
  }
  std::int64_t negative = 0;
  if (read(text, negative)) {
    node.kind = negative < 0 ? JsonNode::Kind::kNegative : JsonNode::Kind::kUnsigned;  // -0
    node.negative = negative;
    return;
  }
  node.kind = JsonNode::Kind::kDouble;
  node.text = text.data();
  node.size = static_cast<std::uint32_t>(text.size());
}

namespace {

/// One text. Its functions return whether it may still be JSON.
class Pass {
  using Kind = JsonNode::Kind;

 public:
  /// @param from       what offsets count from
  /// @param next       the first offset of the text
  /// @param text       followed by a NUL, which no offset of the text refers to
  /// @param unescaped  null: the text has no backslash
  Pass(std::vector<JsonNode>& nodes, const char* from, const std::uint32_t* next, const char* text, std::size_t size,
       Unescaped* unescaped)
      : nodes_{&nodes}, unescaped_{unescaped}, from_{from}, next_offset_{next}, text_{text}, end_{text + size} {
    hold(0, 0);
  }

  bool run() {
    add(Kind::kNull, text_);  // what stands before the value: no name
    open_ = first_;
    // What follows the text, as other lines, was found with it, and may have been taken for a part of it.
    return values() && last_ < end_ && place() >= end_;
  }

  /// The first offset after the text.
  [[nodiscard]] const std::uint32_t* next_offset() const noexcept { return next_offset_; }

 private:
  // The nodes are where the vector has them now.
  void hold(std::ptrdiff_t next, std::ptrdiff_t open) noexcept {
    first_ = nodes_->data();
    next_ = first_ + next;
    open_ = first_ + open;
    limit_ = first_ + nodes_->size();
  }

  /// Where the next part begins. After the last one it is what ends all lines: a line feed or NUL, which begins
  /// nothing.
  [[nodiscard]] const char* place() const noexcept { return from_ + *next_offset_; }

  const char* take() noexcept {
    const char* const at = place();
    ++next_offset_;
    return at;
  }

  /// A node whose value is still to be set.
  JsonNode& add(Kind kind, const char* at) {
    if (next_ == limit_) [[unlikely]] {
      const std::ptrdiff_t next = next_ - first_;
      const std::ptrdiff_t open = open_ - first_;
      grow(*nodes_);
      hold(next, open);
    }
    JsonNode& node = *next_++;
    node.size = 0;
    node.offset = static_cast<std::uint32_t>(at - text_);
    node.behind = 1;
    node.kind = kind;
    return node;
  }

  // A value with all that is in it. The arrays and objects that are open are a list: as long as one is open, it has the
  // place of the one around it where its end will stand.
  bool values() {
    while (true) {
      if (in_object_ && !name()) {
        return false;
      }
      const char* const at = take();
      last_ = at;
      if (*at == '{' || *at == '[') {
        if (!begin(at)) {
          return false;
        }
        if (*place() != closing()) {
          continue;
        }
        last_ = take();
        end();
      } else if (!single(at)) {
        return false;
      }
      while (depth_ != 0) {
        ++open_->size;
        last_ = take();
        if (*last_ == ',') {
          break;
        }
        if (*last_ != closing()) {
          return false;
        }
        end();
      }
      if (depth_ == 0) {
        return true;
      }
      if (last_ >= end_) [[unlikely]] {
        return false;
      }
    }
  }

  [[nodiscard]] char closing() const noexcept { return in_object_ ? '}' : ']'; }

  bool begin(const char* at) {
    in_object_ = *at == '{';
    JsonNode& node = add(in_object_ ? Kind::kObject : Kind::kArray, at);
    node.behind = static_cast<std::uint32_t>(open_ - first_);
    open_ = &node;
    return ++depth_ <= kMaxNesting;
  }

  void end() {
    JsonNode* const around = first_ + open_->behind;
    open_->behind = static_cast<std::uint32_t>(next_ - open_);
    open_ = around;
    in_object_ = around->kind == Kind::kObject;
    --depth_;
  }

  // The name of a member, and the colon.
  bool name() {
    const char* const at = take();
    return *at == '"' && text(at, Kind::kName) && *take() == ':';
  }

  // A value without others in it.
  bool single(const char* at) {
    if (*at == '"') [[likely]] {
      return text(at, Kind::kText);
    }
    if (digit_of(*at) < 10) {
      return number(at);
    }
    switch (*at) {
      case 't':
        add(Kind::kBool, at).truth = true;
        return literal(at, "true");
      case 'f':
        add(Kind::kBool, at).truth = false;
        return literal(at, "false");
      case 'n':
        add(Kind::kNull, at);
        return literal(at, "null");
      default:
        return number(at);
    }
  }

  // Whether a number or literal may end there: what is left of it has no offset of its own.
  [[nodiscard]] bool ends(const char* at) const noexcept {
    return *at == ',' || *at == '}' || *at == ']' || at == end_ || is_blank(*at);
  }

  // A NUL is no letter, so that nothing behind the text is looked at.
  [[nodiscard]] bool literal(const char* at, std::string_view letters) const noexcept {
    for (const char letter : letters) {
      if (*at != letter) {
        return false;
      }
      ++at;
    }
    return ends(at);
  }

  // A call would see the pass, which then lies in memory.
  [[gnu::always_inline]] bool number(const char* const begin) {
    constexpr std::ptrdiff_t kSurelyFits = 18;  // digits, into 64 bits with a sign
    const char* const first = begin + (*begin == '-' ? 1 : 0);
    const char* at = first;
    std::uint64_t whole = 0;
    for (unsigned digit = digit_of(*at); digit < 10; digit = digit_of(*++at)) {
      whole = whole * 10 + digit;
    }
    if (at == first || (*first == '0' && at - first > 1)) {
      return false;
    }
    JsonNode& node = add(Kind::kUnsigned, begin);
    if (first == begin && at - first <= kSurelyFits && ends(at)) [[likely]] {
      node.whole = whole;
      return true;
    }
    at = fraction(at);
    if (at == nullptr || !ends(at)) {
      return false;
    }
    set_number(node, {begin, at});
    return true;
  }

  // What may follow a whole number. Null: it is none.
  static const char* fraction(const char* at) {
    if (*at == '.') {
      at = digits(at + 1);
    }
    if (at != nullptr && (*at == 'e' || *at == 'E')) {
      ++at;
      at = digits(*at == '+' || *at == '-' ? at + 1 : at);
    }
    return at;
  }

  static const char* digits(const char* at) {
    const char* const begin = at;
    while (digit_of(*at) < 10) {
      ++at;
    }
    return at == begin ? nullptr : at;
  }

  // A text has no offset within it, and blanks alone come between its end and the next one.
  bool text(const char* quote, Kind kind) {
    JsonNode& node = add(kind, quote);
    const char* last = place() - 1;
    if (*last != '"') [[unlikely]] {
      if (quote >= end_) {
        return false;
      }
      last = std::min(last, end_ - 1);
      while (is_blank(*last)) {
        --last;
      }
    }
    assert(*last == '"' && last > quote && "a text that was found has an end");
    node.text = quote + 1;
    node.size = static_cast<std::uint32_t>(last - node.text);
    return unescaped_ == nullptr || std::memchr(node.text, '\\', node.size) == nullptr || unescape(node, *unescaped_);
  }

  std::vector<JsonNode>* nodes_;
  Unescaped* unescaped_;
  JsonNode* first_ = nullptr;
  JsonNode* next_ = nullptr;
  JsonNode* limit_ = nullptr;
  const char* from_;
  const std::uint32_t* next_offset_;
  const char* text_;
  const char* end_;
  const char* last_ = nullptr;  // part that was taken and is no name or colon
  JsonNode* open_ = nullptr;    // the array or object around the next value; the first node if none is
  std::size_t depth_ = 0;       // how many are open
  bool in_object_ = false;
};

}  // namespace

const JsonNode* JsonScanner::scan(const char* text, std::size_t size) {
  block_ = 0;
  return find({text, size}) ? nodes_of(text, size) : nullptr;
}

const JsonNode* JsonScanner::scan_line(char* line, std::size_t size, const char* end, std::uint64_t block) {
  if (block_ != block || line >= end_) [[unlikely]] {
    block_ = look_ahead(line, size, end) ? block : 0;
    if (block_ == 0) {
      return nullptr;
    }
  }
  while (from_ + *next_ < line) {
    ++next_;
  }
  return nodes_of(line, size);
}

// Of some lines together there may be one that is refused, and then all are.
bool JsonScanner::look_ahead(char* line, std::size_t size, const char* end) {
  char* const after = line + size;
  for (; ahead_ >= kLeastAhead; ahead_ /= 4) {
    const std::string_view all{line, std::min(ahead_, static_cast<std::size_t>(end - line))};
    const std::size_t feed = all.rfind('\n');
    if (feed == std::string_view::npos || feed <= size) {
      break;
    }
    const char nul = std::exchange(*after, '\n');
    const bool found = find(all.substr(0, feed));
    *after = nul;
    if (found) {
      ahead_ = std::min(2 * ahead_, kMostAhead);
      return true;
    }
  }
  ahead_ = std::max(ahead_, kLeastAhead);
  return find({line, size});
}

bool JsonScanner::find(std::string_view lines) {
  if (!structurals_.find(lines)) {
    return false;
  }
  from_ = lines.data();
  end_ = from_ + lines.size();
  next_ = structurals_.offsets();
  backslash_ = from_ + std::min(lines.find('\\'), lines.size());
  return true;
}

const JsonNode* JsonScanner::nodes_of(const char* text, std::size_t size) {
  const char* const end = text + size;
  if (backslash_ < text) {
    const std::string_view rest{text, end_};
    backslash_ = text + std::min(rest.find('\\'), rest.size());
  }
  const bool has_escapes = backslash_ < end;
  if (has_escapes) {
    unescaped_.clear(size);
  }
  Pass pass{nodes_, from_, next_, text, size, has_escapes ? &unescaped_ : nullptr};
  if (!pass.run()) {
    return nullptr;
  }
  next_ = pass.next_offset();
  return nodes_.data();
}

}  // namespace weir::detail::json
