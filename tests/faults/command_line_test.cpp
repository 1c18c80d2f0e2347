#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "faults/shell.hpp"
#include "temporary_folder.hpp"
#include "weir/flags.hpp"

namespace weir {
namespace {

/// A program's flags, and what they were given.
struct Given {
  std::vector<std::string> files;
  std::string name;
  std::int64_t whole = 7;
  double real = 0.5;
  RunOptions options{};

  std::optional<int> parse(std::vector<const char*> arguments) {
    Flags flags{"program", "Tests flags."};
    flags.add("--files", files, "files");
    flags.add("--name", name, "a name");
    flags.add("--whole", whole, "a whole number");
    flags.add("--real", real, "a number");
    arguments.insert(arguments.begin(), "program");
    const std::optional<int> exit = flags.parse(static_cast<int>(arguments.size()), arguments.data());
    options = flags.options();
    return exit;
  }
};

TEST(AFlagOfSeveralTexts, TakesThemAsTheyAre) {
  using Texts = std::vector<std::string>;
  for (const Texts& texts : {Texts{"[y]"}, Texts{"[a,b]"}, Texts{"{}"}, Texts{"[]"}, Texts{"[y]", "x", "%%", "[[z]]"},
                             Texts{"a,b", "a b", "'c'", "\"d\""}}) {
    Given together;
    Given apart;
    Given joined;
    std::vector<const char*> one{"--files"};
    std::vector<const char*> each;
    std::vector<std::string> with_sign;
    for (const std::string& text : texts) {
      one.push_back(text.c_str());
      each.insert(each.end(), {"--files", text.c_str()});
      with_sign.push_back("--files=" + text);
    }
    std::vector<const char*> signs;
    for (const std::string& text : with_sign) {
      signs.push_back(text.c_str());
    }
    EXPECT_EQ(together.parse(one), std::nullopt);
    EXPECT_EQ(together.files, texts);
    EXPECT_EQ(apart.parse(each), std::nullopt);
    EXPECT_EQ(apart.files, texts);
    EXPECT_EQ(joined.parse(signs), std::nullopt);
    EXPECT_EQ(joined.files, texts);
  }
}

TEST(AFlagOfSeveralTexts, EndsWithTheNextFlagAndKeepsWhatItHad) {
  Given given;
  EXPECT_EQ(given.parse({"--files", "[a]", "[b]", "--name", "[n]", "--allow-dropped-state", "x", "y"}), std::nullopt);
  EXPECT_EQ(given.files, (std::vector<std::string>{"[a]", "[b]"}));
  EXPECT_EQ(given.name, "[n]");
  EXPECT_EQ(given.options.allow_dropped_state, (std::vector<std::string>{"x", "y"}));
  Given untouched;
  untouched.files = {"usual"};
  EXPECT_EQ(untouched.parse({"--name", "n"}), std::nullopt);
  EXPECT_EQ(untouched.files, (std::vector<std::string>{"usual"}));
  EXPECT_EQ(untouched.parse({"--files"}), 2);
}

TEST(ANumber, IsRefusedWhereItIsNone) {
  for (const char* const text : {"", "x", "4x", "0x10", "1.5", "9223372036854775808", " 1", "1e3", "+1"}) {
    EXPECT_EQ(Given{}.parse({"--whole", text}), 2) << text;
  }
  for (const char* const text : {"", "x", "4x", "nan", "inf", "-inf", "1e999", "1,5"}) {
    EXPECT_EQ(Given{}.parse({"--real", text}), 2) << text;
  }
  Given given;
  EXPECT_EQ(given.parse({"--whole=-9223372036854775808", "--real=-2.5e-3"}), std::nullopt);
  EXPECT_EQ(given.whole, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(given.real, -2.5e-3);
}

TEST(ANumber, IsDecimalThoughItBeginsWithZero) {
  Given given;
  EXPECT_EQ(given.parse({"--whole=-010", "--workers", "010", "--epoch-items", "08"}), std::nullopt);
  EXPECT_EQ(given.whole, -10);
  EXPECT_EQ(given.options.workers, 10U);
  EXPECT_EQ(given.options.epoch_items, 8U);
}

TEST(ARunsFlag, IsRefusedOutsideOfItsRange) {
  const std::vector<std::pair<const char*, std::vector<const char*>>> refused{
      {"--workers", {"0", "-1", "1025", "x"}},
      {"--drain-timeout", {"-1", "1000001", "9223372036854775807"}},
      {"--epoch-interval", {"0", "-5", "18446744073709551615"}},
      {"--epoch-items", {"-1", "1.5"}},
      {"--restart-delay", {"-1", "9223372036854775807"}},
      {"--restarts", {"-1"}}};
  for (const auto& [flag, values] : refused) {
    for (const char* const value : values) {
      EXPECT_EQ(Given{}.parse({flag, value}), 2) << flag << ' ' << value;
    }
  }
}

TEST(AProgram, TakesAListByItsShortName) {
  Flags flags{"program", "Tests flags."};
  std::vector<std::string> files;
  flags.add("-f,--files", files, "files");
  const std::vector<const char*> arguments{"program", "-f", "[a,b]", "{}"};
  EXPECT_EQ(flags.parse(static_cast<int>(arguments.size()), arguments.data()), std::nullopt);
  EXPECT_EQ(files, (std::vector<std::string>{"[a,b]", "{}"}));
}

TEST(AProgram, DrawsItsDataflowWithoutARun) {
  const TemporaryFolder folder;
  folder.write("in", "line\n");
  const std::vector<std::pair<std::string, std::string>> beginnings{{"mermaid", "flowchart LR\n"},
                                                                    {"dot", "digraph \"copy_lines\" {\n"},
                                                                    {"svg", "<svg "},
                                                                    {"json", "{\"dataflow\":\"copy_lines\","}};
  for (const auto& [form, beginning] : beginnings) {
    EXPECT_EQ(faults::shell(folder, "timeout 60 copy_lines --input in --output out --graph " + form + " >picture"), 0);
    const std::string picture = folder.read("picture");
    EXPECT_EQ(picture.substr(0, beginning.size()), beginning);
    EXPECT_EQ(picture.back(), '\n');
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path("out")));
}

TEST(AProgramWithJsonLogs, WritesEachLineOfStandardErrorAsAnObject) {
  const TemporaryFolder folder;
  folder.write("in", "line\n\xFF\n");
  const std::string program = "timeout 60 copy_lines --log-format json --output out ";
  const std::vector<std::pair<std::string, std::string>> runs{
      {"--input in --log-level debug --profile --workers 2", "begins no character"},
      {"--input in --log-level debug --profile --workers 2 --on-bad-record skip", "left out"},
      {"--input missing", "cannot be read"},
      {"--input $'\\xff'", "\xEF\xBF\xBD"},
      {"--input in --graph svg >/dev/full", "standard output"},
      {"--workers 0", "not a whole number"}};
  for (const auto& [arguments, part] : runs) {
    static_cast<void>(faults::shell(folder, program + arguments + " 2>messages"));
    const std::string messages = folder.read("messages");
    EXPECT_NE(messages.find(part), std::string::npos) << messages;
    std::istringstream lines{messages};
    for (std::string line; std::getline(lines, line);) {
      EXPECT_EQ(line.find("{\"time\":\"20"), 0U) << line;
      EXPECT_NE(line.find("Z\",\"level\":\""), std::string::npos) << line;
      EXPECT_NE(line.find("\"dataflow\":\"copy_lines\",\"message\":\""), std::string::npos) << line;
      EXPECT_TRUE(line.ends_with("\"}")) << line;
      EXPECT_EQ(line.find('\x1B'), std::string::npos) << line;
    }
  }
}

TEST(AProgram, ReadsAFileWhoseNameHasBrackets) {
  for (const std::string workers : {"1", "2"}) {
    const TemporaryFolder folder;
    folder.write("[y]", "right\n");
    folder.write("y", "wrong\n");
    EXPECT_EQ(faults::shell(folder, "timeout 60 copy_lines --input '[y]' --output out --workers " + workers), 0);
    EXPECT_EQ(folder.read("out"), "right\n");
  }
}

}  // namespace
}  // namespace weir
