#include "json/json_scanner.hpp"

#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "unit/json/read_both_ways.hpp"

namespace weir::detail::json {
namespace {

/// Makes texts that are JSON, and some that nearly are.
class Texts {
 public:
  std::string next() {
    std::string text = blanks() + value(0) + blanks();
    for (std::size_t changes = below(4) == 0 ? 1 + below(3) : 0; changes > 0; --changes) {
      change(text);
    }
    return text;
  }

 private:
  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random_); }

  template <std::size_t kSize>
  std::string one_of(const std::array<std::string_view, kSize>& all) {
    return std::string{all[below(kSize)]};
  }

  std::string blanks() {
    return below(5) == 0 ? one_of(std::array<std::string_view, 5>{" ", "\t", "\r", "\n", "  \n "}) : "";
  }

  std::string value(std::size_t depth) {
    switch (below(depth < 5 ? 8 : 5)) {
      case 0:
        return one_of(std::array<std::string_view, 3>{"true", "false", "null"});
      case 1:
      case 2:
        return number();
      case 3:
      case 4:
        return text();
      case 5:
        return list('[', ']', [&] { return value(depth + 1); });
      default:
        return list('{', '}', [&] { return text() + blanks() + ':' + blanks() + value(depth + 1); });
    }
  }

  template <typename Part>
  std::string list(char begin, char end, Part part) {
    std::string all = begin + blanks();
    for (std::size_t left = below(5); left > 0; --left) {
      all += part() + blanks() + (left > 1 ? "," + blanks() : "");
    }
    return all + end;
  }

  std::string digits(std::size_t most) {
    std::string all;
    for (std::size_t left = 1 + below(most); left > 0; --left) {
      all += static_cast<char>('0' + below(10));
    }
    return all;
  }

  std::string number() {
    if (below(3) == 0) {
      return one_of(std::array<std::string_view, 16>{
          "0", "-0", "18446744073709551615", "18446744073709551616", "9223372036854775807", "-9223372036854775808",
          "-9223372036854775809", "999999999999999999", "1e400", "-1e-400", "0.0", "-0.0", "1E+2", "00", "-", "1."});
    }
    std::string all = below(3) == 0 ? "-" : "";
    all += below(4) == 0 ? "0" : static_cast<char>('1' + below(9)) + (below(3) == 0 ? "" : digits(24));
    if (below(4) == 0) {
      all += '.' + digits(below(8) == 0 ? 400 : 12);
    }
    if (below(4) == 0) {
      all += one_of(std::array<std::string_view, 6>{"e", "E", "e+", "E-", "e-", "E+"}) + digits(4);
    }
    return all;
  }

  std::string text() {
    std::string all = "\"";
    for (std::size_t left = below(6); left > 0; --left) {
      switch (below(7)) {
        case 0:
          all += one_of(std::array<std::string_view, 15>{"\\n", "\\\"", "\\\\", "\\/", "\\b", "\\f", "\\r", "\\t",
                                                         "\\u0041", "\\u00e9", "\\u20AC", "\\u0000", "\\ud83d\\ude00",
                                                         "\\uDBFF\\uDFFF", "\\uffff"});
          break;
        case 1:
          all += one_of(std::array<std::string_view, 6>{"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\x7f",
                                                        "\xed\x9f\xbf", "\xee\x80\x80"});
          break;
        case 2:
          all += std::string(below(40), 'x');
          break;
        case 3:
          if (below(20) == 0) {
            all += one_of(std::array<std::string_view, 9>{"\\ud800", "\\udc00", "\\ud83d\\u0041", "\\u12", "\\x",
                                                          "\xed\xb0\x80", "\xff", "\x01", "\\ud83d\\"});
            break;
          }
          [[fallthrough]];
        default:
          all += static_cast<char>('a' + below(26));
      }
    }
    return all + '"';
  }

  void change(std::string& text) {
    constexpr std::string_view kBytes{"\"\\{}[]:,0123456789.eE+-tfnu \t\n\0\x1f\xed\xb0 a", 41};
    const std::size_t at = below(text.size() + 1);
    switch (below(3)) {
      case 0:
        text.erase(at, 1 + below(3));
        break;
      case 1:
        text.insert(at, 1, kBytes[below(kBytes.size())]);
        break;
      default:
        if (at < text.size()) {
          text[at] = kBytes[below(kBytes.size())];
        }
    }
  }

  std::mt19937_64 random_{20'261'130};
};

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(AJsonScanner, ReadsAllThatRapidJsonReadsAndNothingElse) {
  BothWays both;
  Texts texts;
  std::size_t taken = 0;
  constexpr std::size_t kTexts = 60'000;
  for (std::size_t i = 0; i < kTexts; ++i) {
    const std::string text = texts.next();
    ASSERT_EQ(both.difference(text), "") << text;
    taken += both.takes(text) ? 1 : 0;
  }
  EXPECT_GT(taken, kTexts / 2);  // both sides of the comparison were seen
  EXPECT_LT(taken, kTexts - kTexts / 10);
}

TEST(AJsonScanner, ReadsEveryBeginningOfATextAsRapidJsonDoes) {
  BothWays both;
  for (const std::string_view text :
       {R"({"event":"Results","user":12,"items":["item-1","item-2"],"more":{"a":[],"b":{},"c":-1.5e+3}})",
        R"([true,false,null,"\u00e9\ud83d\ude00\\\"\n and some more text than a vector has bytes",0,-0,1e5])",
        R"(  {"a" : 1 , "b" : [ 1 , 2 ] }  )"}) {
    for (std::size_t size = 0; size <= text.size(); ++size) {
      ASSERT_EQ(both.difference(text.substr(0, size)), "") << text.substr(0, size);
    }
    EXPECT_TRUE(both.takes(std::string{text}));
  }
}

TEST(AJsonScanner, FindsEveryByteThatATextMayNotHaveWhereverItStands) {
  BothWays both;
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t before = 0; before < 36; ++before) {
      const std::string text =
          "[\"" + std::string(before, 'a') + static_cast<char>(byte) + std::string(before % 7, 'b') + "\"]";
      ASSERT_EQ(both.difference(text), "") << byte << " after " << before;
      const bool allowed = byte >= 0x20 && byte != '"' && byte != '\\';
      ASSERT_TRUE(!allowed || both.takes(text)) << byte << " after " << before;
    }
  }
}

TEST(AJsonScanner, ReadsAsDeepAsRapidJson) {
  BothWays both;
  EXPECT_TRUE(both.takes(nested(kMaxNesting)));
  EXPECT_FALSE(both.takes(nested(kMaxNesting + 1)));
  for (const std::size_t depth : {kMaxNesting - 1, kMaxNesting, kMaxNesting + 1}) {
    EXPECT_EQ(both.difference(nested(depth)), "");
  }
}

TEST(AJsonScanner, ReadsMoreNodesThanAnyTextBefore) {
  BothWays both;
  std::string all = "[";
  for (int i = 0; i < 3'000; ++i) {
    all += std::to_string(i) + R"(,"t",{"n":null},)";
  }
  EXPECT_EQ(both.difference(all + "0]"), "");
  EXPECT_TRUE(both.takes(all + "0]"));
  EXPECT_EQ(both.difference("[1]"), "");
}

TEST(AJsonScanner, LeavesATextAsItWasThatItRefusesAfterAnEscape) {
  JsonScanner scanner;
  const std::string original = R"({"a":"x\ny","b":"\u00e9\"",})";
  std::string text = original;
  EXPECT_EQ(scanner.scan(text.data(), text.size()), nullptr);
  EXPECT_EQ(text, original);
}

}  // namespace
}  // namespace weir::detail::json
