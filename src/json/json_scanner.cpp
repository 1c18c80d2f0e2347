#include "json/json_scanner.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "json/json_text.hpp"

namespace weir::detail::json {
namespace {

/// 10 or more: it is none.
unsigned digit_of(char c) noexcept { return unsigned{static_cast<unsigned char>(c)} - '0'; }

bool is_digit(char c) noexcept { return digit_of(c) < 10; }

// There are few, so that one comparison mostly tells.
char* skip_blanks(char* at) noexcept {
  while (static_cast<unsigned char>(*at) <= ' ' && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
      [[unlikely]] {
    ++at;
  }
  return at;
}

[[gnu::noinline]] void grow(std::vector<JsonNode>& nodes) {
  constexpr std::size_t kFew = 64;
  nodes.resize(kFew + 2 * nodes.size());
}

template <typename T>
bool read(std::string_view text, T& number) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
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

/// One text. Its functions take the place where something begins and return that behind it: null if it is no JSON.
class Pass {
  using Kind = JsonNode::Kind;

 public:
  Pass(std::vector<JsonNode>& nodes, std::string& original, char* text, std::size_t size)
      : nodes_{&nodes}, original_{&original}, text_{text}, end_{text + size} {
    hold(0, 0);
  }

  bool run() {
    add(Kind::kNull, text_);  // what stands before the value: no name
    open_ = first_;
    char* const behind = values(skip_blanks(text_));
    return behind != nullptr && skip_blanks(behind) == end_ && (high_ == 0 || !any_half_pair());
  }

 private:
  // The nodes are where the vector has them now.
  void hold(std::ptrdiff_t next, std::ptrdiff_t open) noexcept {
    first_ = nodes_->data();
    next_ = first_ + next;
    open_ = first_ + open;
    limit_ = first_ + nodes_->size();
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

  // The value that begins there, with all that is in it. The arrays and objects that are open are a list: as long as
  // one is open, it has the place of the one around it where its end will stand.
  char* values(char* at) {
    while (true) {
      if (in_object_) {
        at = name(at);
        if (at == nullptr) {
          return nullptr;
        }
      }
      if (*at == '{' || *at == '[') {
        at = begin(at);
        if (at == nullptr) {
          return nullptr;
        }
        if (*at != closing()) {
          continue;
        }
        at = end(at);
      } else {
        at = single(at);
      }
      if (at == nullptr || depth_ == 0) {
        return at;
      }
      at = skip_blanks(at);
      ++open_->size;
      while (*at == closing()) {
        at = end(at);
        if (depth_ == 0) {
          return at;
        }
        at = skip_blanks(at);
        ++open_->size;
      }
      if (*at != ',') {
        return nullptr;
      }
      at = skip_blanks(at + 1);
    }
  }

  [[nodiscard]] char closing() const noexcept { return in_object_ ? '}' : ']'; }

  char* begin(char* at) {
    in_object_ = *at == '{';
    JsonNode& node = add(in_object_ ? Kind::kObject : Kind::kArray, at);
    node.behind = static_cast<std::uint32_t>(open_ - first_);
    open_ = &node;
    return ++depth_ <= kMaxNesting ? skip_blanks(at + 1) : nullptr;
  }

  char* end(char* at) {
    JsonNode* const around = first_ + open_->behind;
    open_->behind = static_cast<std::uint32_t>(next_ - open_);
    open_ = around;
    in_object_ = around->kind == Kind::kObject;
    --depth_;
    return at + 1;
  }

  // The name of a member and what stands before its value.
  char* name(char* at) {
    at = *at == '"' ? text(at, Kind::kName) : nullptr;
    if (at == nullptr) {
      return nullptr;
    }
    at = skip_blanks(at);
    return *at == ':' ? skip_blanks(at + 1) : nullptr;
  }

  // A value without others in it.
  char* single(char* at) {
    if (*at == '"') [[likely]] {
      return text(at, Kind::kText);
    }
    if (is_digit(*at)) {
      return number(at);
    }
    switch (*at) {
      case 't':
        return truth(at, "true", true);
      case 'f':
        return truth(at, "false", false);
      case 'n':
        add(Kind::kNull, at);
        return literal(at, "null");
      default:
        return number(at);
    }
  }

  // A NUL is no letter, so that nothing behind the text is looked at.
  static char* literal(char* at, std::string_view letters) {
    for (const char letter : letters) {
      if (*at != letter) {
        return nullptr;
      }
      ++at;
    }
    return at;
  }

  char* truth(char* at, std::string_view letters, bool truth) {
    add(Kind::kBool, at).truth = truth;
    return literal(at, letters);
  }

  char* number(char* const begin) {
    constexpr std::ptrdiff_t kSurelyFits = 18;  // digits, into 64 bits with a sign
    char* const first = begin + (*begin == '-' ? 1 : 0);
    char* at = first;
    std::uint64_t whole = 0;
    for (unsigned digit = digit_of(*at); digit < 10; digit = digit_of(*++at)) {
      whole = whole * 10 + digit;
    }
    if (at == first || (*first == '0' && at - first > 1)) {
      return nullptr;
    }
    JsonNode& node = add(Kind::kUnsigned, begin);
    const bool is_whole = *at != '.' && *at != 'e' && *at != 'E';
    if (is_whole && first == begin && at - first <= kSurelyFits) {
      node.whole = whole;
      return at;
    }
    at = fraction(at);
    if (at != nullptr) {
      set_number(node, {begin, at});
    }
    return at;
  }

  // What may follow a whole number.
  static char* fraction(char* at) {
    if (*at == '.') {
      at = digits(at + 1);
    }
    if (at != nullptr && (*at == 'e' || *at == 'E')) {
      ++at;
      at = digits(*at == '+' || *at == '-' ? at + 1 : at);
    }
    return at;
  }

  static char* digits(char* at) {
    char* const begin = at;
    while (is_digit(*at)) {
      ++at;
    }
    return at == begin ? nullptr : at;
  }

  char* text(char* quote, Kind kind) {
    JsonNode& node = add(kind, quote);
    char* const begin = quote + 1;
    char* const stop = plain_end(begin, text_, end_, high_);
    node.text = begin;
    node.size = static_cast<std::uint32_t>(stop - begin);
    if (*stop == '"') [[likely]] {
      return stop + 1;
    }
    return *stop == '\\' ? text_with_escapes(node, text_, stop, end_, *original_) : nullptr;
  }

  [[nodiscard]] bool any_half_pair() const {
    return std::any_of(first_, next_, [](const JsonNode& node) {
      return (node.kind == Kind::kText || node.kind == Kind::kName) && has_half_pair({node.text, node.size});
    });
  }

  std::vector<JsonNode>* nodes_;
  std::string* original_;
  JsonNode* first_ = nullptr;
  JsonNode* next_ = nullptr;
  JsonNode* limit_ = nullptr;
  char* text_;
  char* end_;
  JsonNode* open_ = nullptr;  // the array or object around the next value; the first node if none is
  std::size_t depth_ = 0;     // how many are open
  bool in_object_ = false;
  unsigned high_ = 0;  // not 0 if there is more than ASCII
};

}  // namespace

const JsonNode* JsonScanner::scan(char* text, std::size_t size) {
  original_.clear();
  if (Pass{nodes_, original_, text, size}.run()) [[likely]] {
    return nodes_.data();
  }
  if (!original_.empty()) {
    std::memcpy(text, original_.data(), size);
  }
  return nullptr;
}

}  // namespace weir::detail::json
