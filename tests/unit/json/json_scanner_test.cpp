#include "json/json_scanner.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
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
    using std::string_view_literals::operator""sv;
    constexpr std::string_view kBytes = "\"\\{}[]:,0123456789.eE+-tfnu \t\n\0\x1f\xed\xb0 a"sv;
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
      ASSERT_EQ(both.difference(std::string{text.substr(0, size)}), "") << text.substr(0, size);
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
      const bool allowed = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
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

TEST(AJsonScanner, ReadsTextsWithEscapesInALineTogether) {
  BothWays both;
  const std::string text = R"({"a\n":"\ud83d\ude00 and more","b":["\u00e9\"","plain","\\\\"],"\/":"\t"})";
  EXPECT_EQ(both.difference(text), "");
  EXPECT_TRUE(both.takes(text));
  EXPECT_EQ(both.difference("\"" + std::string(5'000, 'a') + R"(\n")"), "");
}

// A line with an error, or one that runs on into the next, is none of its neighbours' business.
TEST(AJsonScanner, ReadsTheLinesOfABlockAsEachAlone) {
  BothWays both;
  Texts texts;
  std::mt19937_64 random{1};
  for (int round = 0; round < 600; ++round) {
    std::string block;
    const std::size_t lines = random() % 100;
    const bool all_right = random() % 3 == 0;  // so that long parts of the block are found at once
    for (std::size_t i = 0; i < lines; ++i) {
      std::string line =
          all_right ? R"({"event":"Search","user":)" + std::to_string(random() % 1'000'000) + "}" : texts.next();
      std::ranges::replace(line, '\n', ' ');
      block += line + (random() % 4 == 0 ? "\r\n" : "\n");
    }
    ASSERT_EQ(both.difference_of_lines(block), "") << block;
  }
}

TEST(AJsonScanner, ReadsLinesThatAreLongerThanWhatItLooksAheadAt) {
  BothWays both;
  std::string block;
  for (const std::size_t size :
       std::initializer_list<std::size_t>{10, 100, 600, 5'000, 20'000, 100'000, 3, 40'000, 7}) {
    block += "[\"" + std::string(size, 'x') + "\"]\n[\"\x01\"]\n[1]\n";
  }
  EXPECT_EQ(both.difference_of_lines(block), "");
}

TEST(AJsonScanner, TakesNoValueThatEndsInALaterLine) {
  BothWays both;
  for (const std::string block :
       {"[1,\n2]\n", "{\"a\"\n:1}\n", "[\n]\n[[\n]]\n", "[1\n]", "{\"a\":\n\"b\" }\n", "1\n2\n",
        "[1,\n\"a\" ,\n\"b\" ]\n", "\"a\"\n\"b\" \n", "\"a\nb\"\n[1]\n", "\\\n\"a\"\n"}) {
    EXPECT_EQ(both.difference_of_lines(block), "") << block;
  }
}

TEST(AJsonScanner, LooksAtABlockAnewThatLiesWhereAnotherLay) {
  JsonScanner scanner;
  std::string block = "[1]\n[2]\n[3]\n";
  block[3] = '\0';
  ASSERT_NE(scanner.scan_line(block.data(), 3, block.data() + block.size(), 1), nullptr);
  block = "[[4],5]\n\n\n\n";
  block[7] = '\0';
  const JsonNode* const nodes = scanner.scan_line(block.data(), 7, block.data() + block.size(), 2);
  ASSERT_NE(nodes, nullptr);
  EXPECT_EQ(nodes[1].size, 2);
}

TEST(AJsonScanner, ReadsLinesOfWhichSomeAreLeftOut) {
  JsonScanner scanner;
  std::string block = "[1]\n[2]\n\n[3,4]\n[5]\n";
  block[3] = '\0';
  ASSERT_NE(scanner.scan_line(block.data(), 3, block.data() + block.size(), 1), nullptr);
  block[14] = '\0';
  const JsonNode* const nodes = scanner.scan_line(block.data() + 9, 5, block.data() + block.size(), 1);
  ASSERT_NE(nodes, nullptr);
  EXPECT_EQ(nodes[1].size, 2);
}

}  // namespace
}  // namespace weir::detail::json
