#include "weir/flags.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "coordinator/exit_code.hpp"
#include "coordinator/flag_sources.hpp"
#include "coordinator/message.hpp"
#include "coordinator/run_options.hpp"
#include "http/endpoint.hpp"
#include "os/environment.hpp"
#include "weir/version.hpp"

namespace weir {
namespace {

using detail::coordinator::FlagSource;
using detail::coordinator::LogFormat;
using detail::coordinator::Messages;

// In decimal without leading zeros, which CLI11 takes for octal. Empty if the text is no such number.
template <typename Number>
std::string decimal_text(const std::string& text, Number low, Number high) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool fits = error == std::errc{} && end == text.data() + text.size() && number >= low && number <= high;
  return fits ? std::to_string(number) : std::string{};
}

/// Whole numbers only: CLI11 alone would take a minus sign for an unsigned number.
template <typename Number>
std::string read_whole_number(std::string& text, Number low, Number high) {
  std::string number = decimal_text(text, low, high);
  if (number.empty()) {
    return fmt::format("\"{}\" is not a whole number from {} to {}", text, low, high);
  }
  text = std::move(number);
  return {};
}

CLI::Validator whole_number(std::uint64_t low, std::uint64_t high) {
  return {[low, high](std::string& text) { return read_whole_number(text, low, high); },
          fmt::format("[{} .. {}]", low, high)};
}

constexpr std::chrono::milliseconds kApplicationEpoch{200};  // its output is seen only then
constexpr std::uint64_t kMaxNumber = 1'000'000'000'000'000'000;

// CLI11 alone would take hexadecimal and octal numbers, and cut others off.
CLI::Validator signed_number() {
  return {[](std::string& text) {
            return read_whole_number(text, std::numeric_limits<std::int64_t>::min(),
                                     std::numeric_limits<std::int64_t>::max());
          },
          "INT"};
}

CLI::Validator finite_number() {
  return {[](const std::string& text) {
            double number = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
            const bool fits = error == std::errc{} && end == text.data() + text.size() && std::isfinite(number);
            return fits ? std::string{} : fmt::format("\"{}\" is not a number, as 1.5 or 2e-3", text);
          },
          "FLOAT"};
}

// More values than a command line has. A greater number would turn on CLI11's syntax of vectors, in which "[a,b]" is
// two values, and a file cannot have that name.
constexpr int kMaxValues = 1'000'000;

// Takes the values as they were given, since CLI11 converts some: it takes "{}" for no value (2.1), or adds "%%" to it
// (2.4).
void add_values(CLI::App& app, const std::string& name, std::vector<std::string>& values, const std::string& help) {
  const auto option = std::make_shared<const CLI::Option*>();  // the callback's, which is there before the option is
  const auto take = [option, &values](const CLI::results_t& /*converted*/) {
    values = (*option)->results();
    return true;
  };
  *option = app.add_option(name, take, help)
                ->type_name("TEXT ...")
                ->expected(1, kMaxValues)
                ->allow_extra_args(false)
                ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace

struct Flags::State {
  explicit State(const std::string& program, const std::string& description) : app{description, program} {}

  [[nodiscard]] std::vector<FlagSource> sources();
  [[nodiscard]] Messages messages() const;
  void take_from_elsewhere();
  void explain_sources();
  void set_options();

  CLI::App app;
  RunOptions options;
  std::uint64_t workers = detail::coordinator::worker_count(RunOptions{});
  std::uint64_t drain_seconds = 30;
  std::uint64_t epoch_milliseconds = 10'000;
  std::uint64_t epoch_items = 0;
  std::uint64_t restarts = 0;
  std::uint64_t restart_milliseconds = 1'000;
  std::string exchange = "cereal";
  std::string on_stop = "drop";
  std::string log_level = "warn";
  std::string log_format = "text";
  std::string progress = "auto";
  std::string summary = "auto";
  std::string http;
  std::string graph;
  std::string config;
  std::vector<std::function<void(RunOptions&)>> setters;
  const CLI::Option* of_epochs = nullptr;
  const CLI::Option* of_format = nullptr;
  const CLI::Option* of_config = nullptr;
  std::size_t common = 0;  // flags that every program has; its own come after them
};

// The flag for the format of messages comes first, so that a mistake in another is told in it.
std::vector<FlagSource> Flags::State::sources() {
  std::vector<FlagSource> sources;
  const std::vector<CLI::Option*> all = app.get_options();
  for (std::size_t i = 0; i < all.size(); ++i) {
    CLI::Option* const option = all[i];
    if (!option->nonpositional() || option == app.get_help_ptr() || option == app.get_version_ptr() ||
        option == of_config) {
      continue;
    }
    const std::string name = option->get_lnames().empty() ? option->get_snames().front() : option->get_lnames().front();
    FlagSource source{option, detail::coordinator::variable_of(i < common ? "weir" : app.get_name(), name)};
    sources.insert(option == of_format ? sources.begin() : sources.end(), std::move(source));
  }
  return sources;
}

void Flags::State::take_from_elsewhere() {
  const std::vector<FlagSource> flags = sources();
  detail::coordinator::take_from_environment(flags);
  if (!config.empty()) {
    detail::coordinator::take_from_file(flags, config);
  }
}

// CLI11 would read the variables itself if it knew them before the help is asked for.
void Flags::State::explain_sources() {
  for (const FlagSource& source : sources()) {
    source.option->envname(source.variable);
  }
  app.footer(
      "A flag that the command line lacks comes from its environment variable (Env), or else from the\n"
      "file of --config, which has lines such as workers = 4.");
}

// Also after a mistake on the command line: then the flag has its text, but its variable not yet.
Messages Flags::State::messages() const {
  const std::string format =
      of_format->count() > 0
          ? of_format->results().back()
          : detail::os::environment_variable(detail::coordinator::variable_of("weir", "log-format")).value_or("text");
  return {app.get_name(), format == "json" ? LogFormat::kJson : LogFormat::kText};
}

void Flags::State::set_options() {
  options.workers = workers;
  options.exchange = exchange == "move" ? ExchangeMode::kMove : ExchangeMode::kCereal;
  options.on_stop = on_stop == "emit" ? OnStop::kEmit : OnStop::kDrop;
  options.drain_timeout = std::chrono::seconds{drain_seconds};
  options.epoch_items = epoch_items;
  options.epoch_interval = std::chrono::milliseconds{epoch_milliseconds};
  options.restarts = restarts;
  options.restart_delay = std::chrono::milliseconds{restart_milliseconds};
  for (const auto& set : setters) {
    set(options);
  }
  if (options.application != nullptr && of_epochs->count() == 0) {
    options.epoch_interval = kApplicationEpoch;
  }
}

Flags::Flags(const std::string& program, const std::string& description)
    : state_{std::make_unique<State>(program, description)} {
  CLI::App& app = state_->app;
  app.option_defaults()->always_capture_default();
  app.set_version_flag("--version", fmt::format("{} (weir {})\n{}", program, version(), build_facts()));
  app.add_option("-w,--workers", state_->workers, "Worker threads")->transform(whole_number(1, 1024));
  app.add_option("--exchange", state_->exchange, "How items reach other workers")
      ->check(CLI::IsMember({"cereal", "move"}));
  app.add_option("--drain-timeout", state_->drain_seconds, "Seconds that a stop may take")
      ->transform(whole_number(0, 1'000'000));
  app.add_option("--on-stop", state_->on_stop, "What a stop does with open folds, windows and joins")
      ->check(CLI::IsMember({"drop", "emit"}));
  state_->of_epochs =
      app.add_option("--epoch-interval", state_->epoch_milliseconds, "Milliseconds between the ends of epochs")
          ->transform(whole_number(1, 1'000'000'000));
  app.add_option("--epoch-items", state_->epoch_items, "Items after which an epoch ends earlier; 0: none")
      ->transform(whole_number(0, kMaxNumber));
  app.add_option("--recovery", state_->options.recovery, "Directory of snapshots: resume from it, write to it")
      ->check([](const std::string& path) { return path.empty() ? "name a directory" : std::string{}; });
  add_values(app, "--allow-dropped-state", state_->options.allow_dropped_state, "Steps whose state may be forgotten");
  app.add_option("--restarts", state_->restarts, "Times that a failed run restarts from its newest snapshot")
      ->transform(whole_number(0, kMaxNumber));
  app.add_option("--restart-delay", state_->restart_milliseconds, "Milliseconds before each restart")
      ->transform(whole_number(0, 1'000'000'000));
  app.add_option("--log-level", state_->log_level, "What is logged to standard error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}));
  state_->of_format = app.add_option("--log-format", state_->log_format, "How standard error is written")
                          ->check(CLI::IsMember({"text", "json"}));
  app.add_option("--progress", state_->progress, "Show on standard error how far the run is; auto: on a terminal")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_option("--summary", state_->summary, "Say at the end what the steps did; auto: as text, on a terminal")
      ->check(CLI::IsMember({"auto", "text", "json", "none"}));
  app.add_option("--http", state_->http, "HOST:PORT on which a page shows the run; port 0: any free one")
      ->check([](const std::string& text) {
        try {
          static_cast<void>(detail::http::Endpoint::parse(text));
          return std::string{};
        } catch (const UsageError& error) {
          return std::string{error.what()};
        }
      });
  app.add_flag("--pin", state_->options.pin, "Pin each worker thread to a core of its own");
  app.add_flag("--profile", state_->options.profile, "Print at the end where the time went");
  app.add_option("--graph", state_->graph, "Print the dataflow and exit")
      ->check(CLI::IsMember({"mermaid", "dot", "svg", "json"}));
  state_->of_config = app.add_option("--config", state_->config, "Take flags that are not given from this file")
                          ->check([](const std::string& path) { return path.empty() ? "name a file" : std::string{}; });
  state_->common = app.get_options().size();
}

Flags::Flags(Flags&&) noexcept = default;
Flags& Flags::operator=(Flags&&) noexcept = default;
Flags::~Flags() = default;

void Flags::add(const std::string& name, std::string& value, const std::string& help) {
  state_->app.add_option(name, value, help);
}

void Flags::add(const std::string& name, std::vector<std::string>& value, const std::string& help) {
  add_values(state_->app, name, value, help);
}

void Flags::add(const std::string& name, std::uint64_t& value, const std::string& help) {
  state_->app.add_option(name, value, help)->transform(whole_number(0, kMaxNumber));
}

void Flags::add(const std::string& name, std::int64_t& value, const std::string& help) {
  state_->app.add_option(name, value, help)->transform(signed_number());
}

void Flags::add(const std::string& name, double& value, const std::string& help) {
  state_->app.add_option(name, value, help)->check(finite_number());
}

void Flags::add(const std::string& name, bool& value, const std::string& help) {
  state_->app.add_flag(name, value, help);
}

void Flags::add(const std::string& name, OnBadRecord& value, const std::string& help) {
  const auto parse = [name, &value](const std::string& text) {
    try {
      value = OnBadRecord::parse(text);
    } catch (const UsageError& error) {
      throw CLI::ValidationError{name, error.what()};
    }
  };
  state_->app.add_option_function<std::string>(name, parse, help)
      ->type_name("stop|skip|file=PATH")
      ->default_str("stop");
}

void Flags::set_options_by(std::function<void(RunOptions&)> set) { state_->setters.push_back(std::move(set)); }

std::optional<int> Flags::parse(int argc, const char* const* argv) {
  const auto refuse = [this](std::string_view mistake) {
    state_->messages().fail(fmt::format("{}; see --help", mistake));
    return kUsageExit;
  };
  try {
    state_->app.parse(argc, argv);
    state_->take_from_elsewhere();
    state_->set_options();
  } catch (const CLI::Success& asked) {
    state_->explain_sources();
    std::ostringstream text;
    static_cast<void>(state_->app.exit(asked, text, text));
    return detail::coordinator::show(state_->messages(), text.str());
  } catch (const CLI::ParseError& mistake) {
    return refuse(mistake.what());
  } catch (const UsageError& mistake) {
    return refuse(mistake.what());
  }
  return std::nullopt;
}

const RunOptions& Flags::options() const noexcept { return state_->options; }
const std::string& Flags::log_level() const noexcept { return state_->log_level; }
const std::string& Flags::log_format() const noexcept { return state_->log_format; }
const std::string& Flags::progress() const noexcept { return state_->progress; }
const std::string& Flags::summary() const noexcept { return state_->summary; }
const std::string& Flags::http() const noexcept { return state_->http; }
const std::string& Flags::graph() const noexcept { return state_->graph; }

}  // namespace weir
