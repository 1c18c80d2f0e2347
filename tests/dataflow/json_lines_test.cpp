#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>

#include "dataflow/every_worker_count.hpp"
#include "temporary_folder.hpp"

namespace weir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Search {
  std::uint64_t user;
  std::string query;
  friend bool operator==(const Search&, const Search&) = default;
};
struct Close {
  std::uint64_t user;
  friend bool operator==(const Close&, const Close&) = default;
};
using Event = std::variant<Search, Close>;

auto event_shape() {
  return one_of<Event>("event", named("Search", fields<Search>("user", "query")),
                       named("Close", fields<Close>("user")));
}

/// Everything that has a way of its own.
struct Everything {
  bool truth = false;
  std::int8_t small = 0;
  std::uint64_t large = 0;
  double number = 0;
  std::string text;
  std::optional<int> maybe;
  std::vector<std::string> list;
  std::map<std::string, std::deque<int>> named;
  std::pair<int, std::string> pair;
  friend bool operator==(const Everything&, const Everything&) = default;
};

auto everything_shape() {
  return fields<Everything>("truth", "small", "large", "number", "text", "maybe", "list", "named", "pair");
}

enum class Colour { kRed, kBlue };

void from_json(const JsonValue& json, Colour& colour) {
  if (json.text() != "red" && json.text() != "blue") {
    json.fail("\"" + std::string{json.text()} + "\" is no colour");
  }
  colour = json.text() == "red" ? Colour::kRed : Colour::kBlue;
}
void to_json(JsonWriter& json, const Colour& colour) { json.text(colour == Colour::kRed ? "red" : "blue"); }

/// A tree: nested as deeply as the text is.
struct Tree {
  std::vector<Tree> children;
};
void from_json(const JsonValue& json, Tree& tree) {
  json.for_each_element([&](const JsonValue& child) { child.get(tree.children.emplace_back()); });
}

class JsonLinesInAFolder : public ::testing::Test {
 protected:
  template <typename Shape>
  std::vector<typename Shape::Value> read(const std::string& content, Shape shape, std::size_t workers = 1) {
    Dataflow flow{"flow"};
    testing::Collected<typename Shape::Value> records;
    flow.input("in", JsonLines{{folder_.write("in", content)}, std::move(shape)}) | op::output("out", records);
    RunOptions options;
    options.workers = workers;
    run(flow, options);
    return records.items();
  }

  // What a text is refused with, behind the file's name.
  template <typename Shape>
  std::string refusal(const std::string& content, Shape shape) {
    try {
      static_cast<void>(read(content, std::move(shape)));
    } catch (const StepError& error) {
      const std::string what = error.what();
      const std::size_t at = what.find(folder_.path("in"));
      return at == std::string::npos ? what : what.substr(at + folder_.path("in").size());
    }
    return "accepted";
  }

  TemporaryFolder folder_;
};

TEST_F(JsonLinesInAFolder, AreReadIntoVariantsByTheirTag) {
  EXPECT_THAT(
      read("{\"event\":\"Search\",\"user\":1,\"query\":\"dogs\"}\n"
           "\n"
           " { \"query\" : \"c\\u00e4ts \\\"\\n\" , \"more\": [{}], \"user\" : 18446744073709551615, \"event\" "
           ": \"Search\" } \r\n"
           "{\"event\":\"Close\",\"user\":1}",
           event_shape()),
      ElementsAre(Event{Search{1, "dogs"}}, Event{Search{18446744073709551615U, "c\xc3\xa4ts \"\n"}}, Event{Close{1}}));
}

TEST_F(JsonLinesInAFolder, AreReadIntoEveryKindOfField) {
  const std::string line =
      R"({"truth":true,"small":-128,"large":18446744073709551615,"number":0.1,"text":"a\tb","maybe":7,)"
      R"("list":["x","y"],"named":{"n":[1,2],"m":[]},"pair":[3,"three"]})";
  const std::vector<Everything> read_back = read(line, everything_shape());
  ASSERT_EQ(read_back.size(), 1U);
  EXPECT_EQ(
      read_back.front(),
      (Everything{
          true, -128, 18446744073709551615U, 0.1, "a\tb", 7, {"x", "y"}, {{"n", {1, 2}}, {"m", {}}}, {3, "three"}}));
}

TEST_F(JsonLinesInAFolder, MayLackOptionalMembers) {
  struct Sparse {
    std::optional<int> maybe;
    std::string text;
  };
  const auto records = read("{\"text\":\"a\"}\n{\"maybe\":null,\"text\":\"b\"}\n", fields<Sparse>("maybe", "text"));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].maybe, std::nullopt);
  EXPECT_EQ(records[1].maybe, std::nullopt);
}

TEST_F(JsonLinesInAFolder, AreReadByFunctionsOfTheirTypes) {
  EXPECT_THAT(read("\"red\"\n\"blue\"\n", JsonAsIs<Colour>{}), ElementsAre(Colour::kRed, Colour::kBlue));
  EXPECT_THAT(refusal("\"red\"\n  \"green\"\n", JsonAsIs<Colour>{}), HasSubstr(":2:3: \"green\" is no colour"));
}

TEST_F(JsonLinesInAFolder, ThatAreNoJsonAreRefusedWithThePlace) {
  const auto shape = event_shape();
  const std::string good = "{\"event\":\"Close\",\"user\":1}\n";
  EXPECT_THAT(refusal(good + "{\"event\":\"Close\" \"user\":1}", shape),
              HasSubstr(":2:18: not JSON: missing a comma or '}' after an object member"));
  EXPECT_THAT(refusal(good + "{\"event\":\"Close\",", shape), HasSubstr(":2:18: not JSON: missing a name"));
  EXPECT_THAT(refusal("{\"event\":\"Clo", shape), HasSubstr("not JSON: missing a closing quotation mark"));
  EXPECT_THAT(refusal("{} {}", shape), HasSubstr(":1:4: not JSON"));
  EXPECT_THAT(refusal("nothing", shape), HasSubstr("not JSON: invalid value"));
  EXPECT_THAT(refusal("{\"event\":\"Close\",\"user\":1e999}", shape), HasSubstr("found 1e999"));
  EXPECT_THAT(refusal(std::string{"{\"event\":\"Close\",\"user\":1}\0x", 28}, shape), HasSubstr("not JSON"));
  EXPECT_THAT(refusal("{\"event\":\"Close\",\"user\":1,\"x\":\"\xff\"}", shape),
              HasSubstr("epoch 1: " + folder_.path("in") + ":1:32: the byte 0xff"));
}

TEST_F(JsonLinesInAFolder, OfAnotherShapeAreRefusedWithThePlace) {
  const auto shape = event_shape();
  EXPECT_THAT(refusal("{\"event\":\"Closed\",\"user\":1}", shape),
              HasSubstr(":1:10: \"Closed\" is no event; expected one of \"Search\", \"Close\""));
  EXPECT_THAT(refusal("{\"user\":1}", shape), HasSubstr(":1:1: \"event\" is missing"));
  EXPECT_THAT(refusal("{\"event\":\"Close\"}", shape), HasSubstr(":1:1: \"user\" is missing"));
  EXPECT_THAT(refusal("{\"event\":\"Close\",\"user\":-1}", shape),
              HasSubstr(":1:25: \"user\": expected a whole number from 0 to 18446744073709551615, found -1"));
  EXPECT_THAT(refusal("{\"event\":\"Close\",\"user\":\"bob\"}", shape), HasSubstr("found \"bob\""));
  EXPECT_THAT(refusal("{\"event\":\"Close\",\"user\":1.5}", shape), HasSubstr("found 1.5"));
  EXPECT_THAT(refusal("{\"event\":\"Search\",\"user\":1,\"query\":null}", shape),
              HasSubstr("\"query\": expected text, found null"));
  EXPECT_THAT(refusal("[1]", shape), HasSubstr(":1:1: expected an object, found an array of 1"));
  EXPECT_THAT(refusal("[1, 2]", JsonAsIs<std::tuple<int, int, int>>{}), HasSubstr("expected an array of 3"));
  EXPECT_THAT(refusal("[1, 300]", JsonAsIs<std::vector<std::uint8_t>>{}),
              HasSubstr(":1:5: expected a whole number from 0 to 255, found 300"));
}

TEST_F(JsonLinesInAFolder, ThatAreNestedTooDeeplyAreRefused) {
  EXPECT_EQ(read(std::string(256, '[') + std::string(256, ']'), JsonAsIs<Tree>{}).size(), 1U);
  EXPECT_THAT(refusal(std::string(5'000'000, '['), JsonAsIs<Tree>{}), HasSubstr("nested more than 256 deep"));
  EXPECT_THAT(refusal("{\"event\":\"Close\",\"user\":1,\"x\":" + std::string(300, '['), event_shape()),
              HasSubstr("nested more than 256 deep"));
}

TEST_F(JsonLinesInAFolder, ComeBackAsTheyWereWritten) {
  const std::vector<Everything> records{
      {true, -1, 1, 0.1, "\"\\\n\x01 \xc3\xa4", std::nullopt, {}, {}, {}},
      {false, 127, 0, 1e300, "", 5, {"", "x"}, {{"a", {1}}, {"\"", {}}}, {-1, "y"}},
  };
  for (const std::size_t workers : testing::kWorkerCounts) {
    Dataflow flow{"flow"};
    flow.input("in", RangeInput{records}) | op::output("out", JsonLinesOutput{folder_.path("out"), everything_shape()});
    RunOptions options;
    options.workers = workers;
    run(flow, options);
    EXPECT_EQ(read(folder_.read("out"), everything_shape(), workers), records) << workers << " workers";
  }
}

TEST_F(JsonLinesInAFolder, AreWrittenByTagAndByFunctionsOfTheirTypes) {
  std::string text;
  JsonWriter json{text};
  event_shape().write(json, Search{1, "dogs"});
  EXPECT_EQ(text, R"({"event":"Search","user":1,"query":"dogs"})");
  text.clear();
  JsonWriter{text}.value(
      std::vector<std::tuple<Colour, bool, std::optional<int>>>{{Colour::kBlue, true, std::nullopt}});
  EXPECT_EQ(text, R"([["blue",true,null]])");
  text.clear();
  EXPECT_THROW(JsonWriter{text}.value(std::numeric_limits<double>::infinity()), std::domain_error);
}

TEST_F(JsonLinesInAFolder, AreWrittenByTagBesideOtherMembersToo) {
  std::string text;
  JsonWriter json{text};
  json.begin_object();
  json.member("time", 5);
  event_shape().write_members(json, Search{1, "dogs"});
  json.member("more", true);
  json.end_object();
  EXPECT_EQ(text, R"({"time":5,"event":"Search","user":1,"query":"dogs","more":true})");
}

}  // namespace
}  // namespace weir
