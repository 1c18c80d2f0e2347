#include "coordinator/flag_sources.hpp"

#include <algorithm>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "coordinator/settings_file.hpp"
#include "os/environment.hpp"
#include "os/whole_file.hpp"
#include "weir/errors.hpp"

namespace weir::detail::coordinator {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;

bool takes_several(const CLI::Option& option) { return option.get_expected_max() > 1; }
bool is_switch(const CLI::Option& option) { return option.get_expected_max() == 0; }

// CLI11 has a syntax of its own for values of switches, with numbers.
std::string truth_of(std::string_view text) {
  const auto is_one_of = [text](std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, text) != words.end();
  };
  if (is_one_of({"true", "yes", "on", "1"})) {
    return "true";
  }
  if (is_one_of({"false", "no", "off", "0"})) {
    return "false";
  }
  throw UsageError{fmt::format("\"{}\" is not true or false", text)};
}

// CLI11 puts the flag before its sentence; the place of the value stands there already.
std::string without_flag(std::string_view sentence) {
  const std::size_t colon = sentence.find(": ");
  return std::string{sentence.starts_with('-') && colon != std::string_view::npos ? sentence.substr(colon + 2)
                                                                                  : sentence};
}

// As values come from the command line, so that they go through the same checks.
void give(CLI::Option& option, const std::vector<std::string>& values) {
  try {
    for (const std::string& value : values) {
      option.add_result(is_switch(option) ? truth_of(value) : value);
    }
    option.run_callback();
  } catch (const CLI::ParseError& mistake) {
    throw UsageError{without_flag(mistake.what())};
  }
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) {
      lines.emplace_back(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<Setting> read_file(const std::string& path) {
  try {
    return read_settings(os::read_whole_file(path, kMostBytes));
  } catch (const std::system_error& error) {
    throw UsageError{fmt::format("--config: \"{}\" cannot be read: {}", path, error.code().message())};
  } catch (const UsageError& error) {
    throw UsageError{fmt::format("\"{}\", {}", path, error.what())};
  }
}

bool has_name(const CLI::Option& option, const std::string& name) {
  const auto is_in = [&name](const std::vector<std::string>& names) {
    return std::ranges::find(names, name) != names.end();
  };
  return is_in(option.get_lnames()) || is_in(option.get_snames());
}

void give(CLI::Option& option, const Setting& setting) {
  if (setting.values.empty()) {
    throw UsageError{"the list is empty; expected at least one value"};
  }
  if (setting.list && !takes_several(option)) {
    throw UsageError{"found a list; expected one value, in quotes if it begins with ["};
  }
  give(option, setting.values);
}

}  // namespace

std::string variable_of(std::string_view program, std::string_view flag) {
  std::string name = fmt::format("{}_{}", program, flag);
  for (char& c : name) {
    const bool lower = c >= 'a' && c <= 'z';
    const bool kept = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    c = lower ? static_cast<char>(c - 'a' + 'A') : kept ? c : '_';
  }
  return name;
}

void take_from_environment(const std::vector<FlagSource>& flags) {
  for (const FlagSource& flag : flags) {
    const std::optional<std::string> value = os::environment_variable(flag.variable);
    if (flag.option->count() > 0 || !value || value->empty()) {
      continue;
    }
    try {
      give(*flag.option, takes_several(*flag.option) ? lines_of(*value) : std::vector{*value});
    } catch (const UsageError& error) {
      throw UsageError{fmt::format("{}: {}", flag.variable, error.what())};
    }
  }
}

void take_from_file(const std::vector<FlagSource>& flags, const std::string& path) {
  std::vector<Setting> settings = read_file(path);
  for (const FlagSource& flag : flags) {
    const auto setting =
        std::ranges::find_if(settings, [&](const Setting& each) { return has_name(*flag.option, each.name); });
    if (setting == settings.end()) {
      continue;
    }
    if (flag.option->count() == 0) {
      try {
        give(*flag.option, *setting);
      } catch (const UsageError& error) {
        throw UsageError{fmt::format("\"{}\", line {}: {}: {}", path, setting->line, setting->name, error.what())};
      }
    }
    settings.erase(setting);
  }
  if (!settings.empty()) {
    throw UsageError{fmt::format("\"{}\", line {}: no flag of a file is named \"{}\"", path, settings.front().line,
                                 settings.front().name)};
  }
}

}  // namespace weir::detail::coordinator
