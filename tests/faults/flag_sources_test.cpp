// Flags that the environment and a file give.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "faults/shell.hpp"
#include "temporary_folder.hpp"
#include "weir/flags.hpp"

namespace weir {
namespace {

using Texts = std::vector<std::string>;

/// Sets a variable of the environment for the time of a test.
class Variable {
 public:
  Variable(std::string name, const std::string& value) : name_{std::move(name)} {
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv(name_.c_str()); }

 private:
  std::string name_;
};

/// A program's flags, and what they were given.
struct Given {
  Texts files;
  std::string name = "usual";
  std::int64_t whole = 7;
  double real = 0.5;
  bool on = false;
  OnBadRecord bad = OnBadRecord::stop();
  std::string log_level;
  std::string log_format;
  RunOptions options{};
  std::string said;

  std::optional<int> parse(Texts arguments) {
    Flags flags{"my-program", "Tests flags."};
    flags.add("-f,--files", files, "files");
    flags.add("--the-name", name, "a name");
    flags.add("--whole", whole, "a whole number");
    flags.add("--real", real, "a number");
    flags.add("--on", on, "a switch");
    flags.add("--bad", bad, "a policy");
    arguments.insert(arguments.begin(), "my-program");
    std::vector<const char*> pointers;
    for (const std::string& argument : arguments) {
      pointers.push_back(argument.c_str());
    }
    ::testing::internal::CaptureStderr();
    const std::optional<int> exit = flags.parse(static_cast<int>(pointers.size()), pointers.data());
    said = ::testing::internal::GetCapturedStderr();
    options = flags.options();
    log_level = flags.log_level();
    log_format = flags.log_format();
    return exit;
  }

  std::optional<int> parse_file(const std::string& content, Texts arguments = {}) {
    const TemporaryFolder folder;
    arguments.insert(arguments.end(), {"--config", folder.write("file", content)});
    return parse(arguments);
  }
};

TEST(AVariableOfTheEnvironment, GivesAFlagThatTheCommandLineLacks) {
  const Variable workers{"WEIR_WORKERS", "3"};
  const Variable level{"WEIR_LOG_LEVEL", "debug"};
  const Variable profile{"WEIR_PROFILE", "yes"};
  const Variable name{"MY_PROGRAM_THE_NAME", "[n]"};
  const Variable whole{"MY_PROGRAM_WHOLE", "-010"};
  const Variable real{"MY_PROGRAM_REAL", "2e-3"};
  const Variable on{"MY_PROGRAM_ON", "1"};
  Given given;
  EXPECT_EQ(given.parse({}), std::nullopt) << given.said;
  EXPECT_EQ(given.options.workers, 3U);
  EXPECT_EQ(given.log_level, "debug");
  EXPECT_TRUE(given.options.profile);
  EXPECT_EQ(given.name, "[n]");
  EXPECT_EQ(given.whole, -10);
  EXPECT_EQ(given.real, 2e-3);
  EXPECT_TRUE(given.on);
  Given by_hand;
  EXPECT_EQ(by_hand.parse({"--workers", "2", "--the-name=x"}), std::nullopt);
  EXPECT_EQ(by_hand.options.workers, 2U);
  EXPECT_EQ(by_hand.name, "x");
}

TEST(AVariableOfTheEnvironment, HasAValueOfAListOnEachLine) {
  for (const Texts& texts : {Texts{"a,b"}, Texts{"[a,b]"}, Texts{"{}"}, Texts{"a b", "[y]", "%%", "'c'", "\"d\""}}) {
    std::string value;
    for (const std::string& text : texts) {
      value += text + '\n';
    }
    const Variable files{"MY_PROGRAM_FILES", value};
    Given given;
    EXPECT_EQ(given.parse({}), std::nullopt) << given.said;
    EXPECT_EQ(given.files, texts);
  }
}

TEST(AVariableOfTheEnvironment, CountsAsNotSetWhereItIsEmpty) {
  const Variable workers{"WEIR_WORKERS", ""};
  const Variable name{"MY_PROGRAM_THE_NAME", ""};
  Given given;
  EXPECT_EQ(given.parse({}), std::nullopt) << given.said;
  EXPECT_EQ(given.name, "usual");
}

TEST(AVariableOfTheEnvironment, IsNamedWhereItsValueIsRefused) {
  const std::vector<std::pair<std::string, std::string>> refused{
      {"WEIR_WORKERS", "many"}, {"WEIR_EXCHANGE", "mail"},  {"WEIR_PIN", "maybe"},
      {"WEIR_GRAPH", "png"},    {"MY_PROGRAM_REAL", "nan"}, {"MY_PROGRAM_BAD", "what"}};
  for (const auto& [name, value] : refused) {
    const Variable variable{name, value};
    Given given;
    EXPECT_EQ(given.parse({}), 2) << name;
    EXPECT_EQ(given.said.find("my-program: " + name + ": "), 0U) << given.said;
    EXPECT_NE(given.said.find(value), std::string::npos) << given.said;
    EXPECT_NE(given.said.find("; see --help\n"), std::string::npos) << given.said;
  }
}

TEST(AVariableOfTheEnvironment, DoesNotAskForHelpVersionOrAFile) {
  const Variable help{"WEIR_HELP", "1"};
  const Variable version{"WEIR_VERSION", "1"};
  const Variable config{"WEIR_CONFIG", "/no/such/file"};
  Given given;
  EXPECT_EQ(given.parse({}), std::nullopt) << given.said;
}

TEST(AConfigFile, GivesAFlagThatTheCommandLineAndTheEnvironmentLack) {
  const std::string file =
      "workers = 3\nlog-level = \"info\"\npin = false\nprofile = true\n"
      "the-name = file\nwhole = -010\nreal = 1.5\non = \"yes\"\nbad = skip\nf = ['x', '[a,b]']\n";
  Given from_file;
  EXPECT_EQ(from_file.parse_file(file), std::nullopt) << from_file.said;
  EXPECT_EQ(from_file.options.workers, 3U);
  EXPECT_EQ(from_file.log_level, "info");
  EXPECT_TRUE(from_file.options.profile);
  EXPECT_EQ(from_file.name, "file");
  EXPECT_EQ(from_file.whole, -10);
  EXPECT_EQ(from_file.real, 1.5);
  EXPECT_TRUE(from_file.on);
  EXPECT_EQ(from_file.files, (Texts{"x", "[a,b]"}));

  const Variable name{"MY_PROGRAM_THE_NAME", "environment"};
  const Variable workers{"WEIR_WORKERS", "4"};
  Given outranked;
  EXPECT_EQ(outranked.parse_file(file, {"--workers", "5"}), std::nullopt) << outranked.said;
  EXPECT_EQ(outranked.options.workers, 5U);
  EXPECT_EQ(outranked.name, "environment");
}

TEST(AConfigFile, GivesExactlyTheValuesThatAreWritten) {
  const std::vector<std::pair<std::string, Texts>> written{{"{}", {"{}"}},
                                                           {"'[a,b]'", {"[a,b]"}},
                                                           {"a,b", {"a,b"}},
                                                           {"two words", {"two words"}},
                                                           {"['[]', '']", {"[]", ""}},
                                                           {"\"%%\"", {"%%"}},
                                                           {"[\"a b\", '\"c\"']", {"a b", "\"c\""}}};
  for (const auto& [text, values] : written) {
    Given given;
    EXPECT_EQ(given.parse_file("files = " + text), std::nullopt) << given.said;
    EXPECT_EQ(given.files, values) << text;
    if (values.size() == 1) {
      EXPECT_EQ(given.parse_file("the-name = " + text), std::nullopt) << given.said;
      EXPECT_EQ(given.name, values.front());
    }
  }
}

TEST(AConfigFile, IsNamedWithTheLineOfAMistake) {
  const std::vector<std::pair<std::string, std::string>> mistakes{
      {"\nworkers = many", "line 2: workers: \"many\" is not a whole number from 1 to 1024"},
      {"exchange = mail", "line 1: exchange: mail not in"},
      {"pin = maybe", "line 1: pin: \"maybe\" is not true or false"},
      {"the-name = ['a']", "line 1: the-name: found a list"},
      {"files = []", "line 1: files: the list is empty"},
      {"workers = 1\nworker = 2", "line 2: no flag of a file is named \"worker\""},
      {"config = x", "line 1: no flag of a file is named \"config\""},
      {"help = true", "line 1: no flag of a file is named \"help\""},
      {"workers", "line 1: expected NAME = VALUE"}};
  for (const auto& [file, message] : mistakes) {
    Given given;
    EXPECT_EQ(given.parse_file(file), 2) << file;
    EXPECT_NE(given.said.find("/file\", " + message), std::string::npos) << given.said;
  }
  Given missing;
  EXPECT_EQ(missing.parse({"--config", "/no/such/file"}), 2);
  EXPECT_NE(missing.said.find("--config: \"/no/such/file\" cannot be read: No such file"), std::string::npos)
      << missing.said;
  EXPECT_EQ(missing.parse({"--config", "/dev/zero"}), 2);
  EXPECT_EQ(missing.parse({"--config", "/tmp"}), 2);
}

TEST(AMistakeInAFlag, IsToldInJsonWhereThatIsAskedFor) {
  const auto expect_json = [](Given& given) {
    EXPECT_EQ(given.said.find("{\"time\":\""), 0U) << given.said;
    EXPECT_NE(given.said.find("\"level\":\"error\",\"dataflow\":\"my-program\",\"message\":\""), std::string::npos);
    EXPECT_EQ(given.said.find('\n'), given.said.size() - 1);
  };
  Given by_hand;
  EXPECT_EQ(by_hand.parse({"--log-format", "json", "--workers", "0"}), 2);
  expect_json(by_hand);
  EXPECT_EQ(by_hand.parse({"--bogus", "--log-format=json"}), 2);
  expect_json(by_hand);
  EXPECT_EQ(by_hand.parse_file("workers = 0\nlog-format = json"), 2);
  expect_json(by_hand);
  const Variable format{"WEIR_LOG_FORMAT", "json"};
  EXPECT_EQ(by_hand.parse({"--workers", "0"}), 2);
  expect_json(by_hand);
}

TEST(TheHelp, NamesTheVariableOfEachFlag) {
  const TemporaryFolder folder;
  EXPECT_EQ(faults::shell(folder, "copy_lines --help >help"), 0);
  const std::string help = folder.read("help");
  for (const char* const expected : {"WEIR_WORKERS", "WEIR_LOG_FORMAT", "COPY_LINES_ONE_STREAM", "--config"}) {
    EXPECT_NE(help.find(expected), std::string::npos) << expected << '\n' << help;
  }
  for (const char* const unexpected : {"WEIR_HELP", "WEIR_VERSION", "WEIR_CONFIG"}) {
    EXPECT_EQ(help.find(unexpected), std::string::npos) << unexpected << '\n' << help;
  }
}

TEST(AProgram, TakesItsFlagsFromTheEnvironmentAndAFile) {
  const TemporaryFolder folder;
  folder.write("[in]", "right\n");
  folder.write("settings.toml", "input = '[in]'\nworkers = 2\n");
  EXPECT_EQ(faults::shell(folder, "COPY_LINES_OUTPUT=out timeout 60 copy_lines --config settings.toml"), 0);
  EXPECT_EQ(folder.read("out"), "right\n");
  EXPECT_EQ(faults::shell(folder, "timeout 60 copy_lines --config <(echo input = [in]) 2>messages"), 2);
  EXPECT_NE(folder.read("messages").find("line 1: expected a text in quotes"), std::string::npos);
}

}  // namespace
}  // namespace weir
