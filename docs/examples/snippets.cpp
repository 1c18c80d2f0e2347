// The shorter pieces of code on the pages, which are quotes of this file, each with what it needs to run. The main
// function runs them all.

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <weir/testing.hpp>
#include <weir/testing_recovery.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

const weir::Time kNine = std::chrono::sys_days{2026y / 3 / 1} + 9h;

struct Click {
  std::string user;
  weir::Time time;
};

weir::Stream<Click> clicks_of(weir::Dataflow& flow) {
  std::vector<Click> clicks{{"bob", kNine + 61min}};
  for (int click = 0; click < 12; ++click) {
    clicks.insert(clicks.end() - 1, {"ann", kNine + click * 20min / 11});
  }
  return flow.input("clicks", weir::RangeInput{std::move(clicks)});
}

// docs/getting-started.md

struct Place {
  std::string country;
  std::uint32_t zip;
  bool operator==(const Place&) const = default;
};
auto weir_key(const Place& place) { return std::tie(place.country, place.zip); }

void count_places() {
  weir::Dataflow flow{"places"};
  flow.input("places", weir::RangeInput{std::vector<Place>{{"NO", 150}, {"DK", 1050}, {"NO", 150}}}) |
      op::count_final("count", [](const Place& place) { return place; }) |
      op::map("text",
              [](const auto& counted) {
                return counted.first.country + " " + std::to_string(counted.first.zip) + " " +
                       std::to_string(counted.second);
              }) |
      op::output("out", weir::StandardOutput{});
  weir::run(flow, {.workers = 2});
}

int parse(const std::string& line) { return std::stoi(line); }

void apply_policies() {
  weir::Dataflow flow{"policies"};
  const auto lines = flow.input("lines", weir::RangeInput{std::vector<std::string>{"1", "two", "3"}});
  const auto amounts =
      flow.input("amounts", weir::RangeInput{std::vector<std::pair<std::string, int>>{{"a", 2}, {"a", -1}, {"a", 3}}});
  const auto nothing = [] { return 0; };
  const auto add = [](int& sum, int amount) {
    sum += amount;
    if (amount < 0) {
      throw std::domain_error{"negative"};
    }
  };

  auto orders = lines | op::skip_errors(op::map("parse", parse));  // failing items are dropped and counted
  auto [parsed, failed] =
      lines | op::catch_errors(op::map("read", parse));  // failed: Stream<weir::Failed<std::string>>
  auto [sums, odd] = amounts | op::catch_errors(op::scan("sum", nothing, add), weir::copy_before);

  op::merge("numbers", orders, parsed) | op::output("orders", weir::StandardOutput{});
  failed | op::map("say", [](const auto& line) { return line.item; }) | op::output("failed", weir::StandardOutput{});
  sums | op::output("sums", weir::StandardOutput{});
  odd | op::map("why", [](const auto& amount) { return amount.error; }) | op::output("odd", weir::StandardOutput{});
  weir::run(flow, {.workers = 2});
}

struct RunningSum {
  using State = std::int64_t;
  using Output = std::int64_t;
  void on_item(const std::string& /*key*/, std::optional<State>& sum, std::int64_t&& amount,
               weir::KeyedEmit<std::string, Output>& emit) {
    sum = sum.value_or(0) + amount;  // leave it empty to forget the key
    emit(*sum);
  }
};

void keep_running_sums() {
  using Amount = std::pair<std::string, std::int64_t>;
  weir::Dataflow flow{"sums"};
  const auto amounts = flow.input("amounts", weir::RangeInput{std::vector<Amount>{{"b", 5}, {"b", 6}}});
  auto sums = amounts | op::stateful("running_sum", RunningSum{});
  auto recent = amounts | op::time_to_live(24h, op::stateful("recent_sum", RunningSum{}));
  op::merge("both", sums, recent) | op::output("out", weir::StandardOutput{});

  weir::run(flow, {.workers = 2});
}

void run_in_the_background() {
  weir::QueueSource<std::string> words;
  weir::Dataflow flow{"words"};
  flow.input("words", words) | op::output("out", weir::StandardOutput{});

  weir::RunOptions options;
  options.workers = 4;
  weir::RunHandle run = weir::start(flow, options);
  words.push("pushed");
  run.stop();                           // takes no more input, processes what was read
  weir::RunReport report = run.wait();  // throws the error if the run failed

  std::cout << report.steps.front().items << " word\n";
}

void count_visits() {
  weir::Dataflow flow{"visits"};
  const auto clicks = clicks_of(flow) | op::filter("ann", [](const Click& click) { return click.user == "ann"; });
  clicks | op::key_on("user", &Click::user) |
      op::count_window("visits", weir::SessionWindows{weir::EventClock{&Click::time, 5s}, 30min}) |
      op::output("out", weir::StandardOutput{});  // ann 2026-03-01T09:00:00Z/2026-03-01T09:50:00Z 12
  weir::run(flow, {.workers = 2});
}

const std::vector<std::vector<std::string>> partitions{{"a", "bb"}, {"a", "a"}};

auto my_steps(const weir::Stream<std::string>& words) {
  return words | op::count_final("count", [](const std::string& word) { return word; });
}

template <typename T>
void expect(const std::string& what, std::vector<T> found, std::vector<T> expected) {
  std::ranges::sort(found);
  std::ranges::sort(expected);
  std::cout << what << (found == expected ? ": as expected\n" : ": wrong\n");
}

void test_steps() {
  for (std::size_t workers : weir::testing::kWorkerCounts) {
    auto out = weir::testing::run_over(partitions, [](auto items) { return items | my_steps; }, workers);
    // compare, sorted: the order across workers is free
    expect<std::pair<std::string, std::uint64_t>>("counts", out, {{"a", 3}, {"bb", 1}});
  }
}

// docs/recovery.md

struct Tally {
  std::uint64_t count;
  std::string note;
};
auto weir_fields(std::type_identity<Tally>) { return weir::fields<Tally>("count", "note"); }
constexpr unsigned weir_version(std::type_identity<Tally>) { return 2; }  // for a change that the fields do not show

void test_recovery() {
  const auto steps = [](const weir::Stream<std::string>& words) {
    return words | op::map("pair", [](const std::string& word) { return std::pair{word, word.size()}; }) |
           op::fold_final(
               "tally", [] { return Tally{0, ""}; },
               [](Tally& tally, std::size_t size) { tally = {tally.count + size, "counted"}; }) |
           op::map_value("count", &Tally::count);
  };
  auto out = weir::testing::run_over_aborted(partitions, steps, {.at = {2, 3}});  // as run_over, but interrupted
  expect("tallies, interrupted", out, weir::testing::run_over(partitions, steps, 2));
}

// docs/event-time.md

void count_per_hour() {
  weir::Dataflow flow{"per_hour"};
  const auto clicks = clicks_of(flow);
  clicks | op::key_on("user", &Click::user) |
      op::count_window("per_hour", weir::TumblingWindows{weir::EventClock{&Click::time, 5s}, 1h}) |
      op::output("out", weir::StandardOutput{});
  weir::run(flow, {.workers = 2});
}

void count_late_ones_too() {
  weir::Dataflow flow{"late"};
  const auto clicks = clicks_of(flow);
  clicks | op::key_on("user", &Click::user) |
      op::count_window(
          "per_hour",
          weir::TumblingWindows{.clock = weir::EventClock{&Click::time, 5s}, .length = 1h, .allowed_lateness = 10min}) |
      op::output("out", weir::StandardOutput{});
  weir::run(flow, {.workers = 1});
}

void find_busiest_minute() {
  weir::Dataflow flow{"busiest"};
  const auto per_minute =
      clicks_of(flow) | op::key_on("user", &Click::user) |
      op::count_window("per_minute", weir::TumblingWindows{weir::EventClock{&Click::time, 5s}, 1min});
  const auto to_one_key = [](const std::pair<std::string, weir::InWindow<std::uint64_t>>& counted) {
    return std::pair{std::string{"all"}, counted.second};
  };
  per_minute.down | op::map("all", to_one_key)  // std::pair<std::string, weir::InWindow<std::uint64_t>>
      | op::max_window(
            "busiest",
            weir::TumblingWindows{weir::EventTime{[](const auto& minute) { return minute.window.end - 1ns; }}, 1h},
            &weir::InWindow<std::uint64_t>::value) |
      op::map("text", [](const auto& found) { return std::pair{found.first, found.second.value.value}; }) |
      op::output("out", weir::StandardOutput{});
  weir::run(flow, {.workers = 2});
}

struct Trade {
  weir::Time time;
  std::string account;
  int shares;
};
struct Quote {
  weir::Time time;
  int cents;
};

void price_trades() {
  using Named = std::pair<std::string, Trade>;
  weir::Dataflow flow{"prices"};
  const auto trades = flow.input(
      "trades", weir::RangeInput{std::vector<Named>{{"abc", {kNine + 2s, "ann", 3}}, {"abc", {kNine + 4s, "ann", 1}}}});
  const auto quotes =
      flow.input("quotes", weir::RangeInput{std::vector<std::pair<std::string, Quote>>{{"abc", {kNine + 1s, 250}}}});
  const auto zero = [] { return 0; };
  const auto add = [](int& balance, const std::pair<Trade, std::optional<Quote>>& row) {
    balance += row.first.shares * row.second.value().cents;
  };
  const auto time_of = [](const auto& timed) { return timed.time; };

  auto rows = op::as_of_join("priced", weir::EventClock{time_of, 5s}, trades,
                             quotes);  // std::pair<Trade, std::optional<Quote>>
  rows | op::map("by_account", [](const auto& row) { return std::pair{row.second.first.account, row.second}; }) |
      op::in_time_order("order", weir::EventTime{[](const auto& row) { return row.first.time; }}) |
      op::scan("balance", zero, add) | op::output("out", weir::StandardOutput{});
  weir::run(flow, {.workers = 2});
}

// docs/add-an-operator.md

std::vector<std::string> split(const std::string& line) {
  const auto space = line.find(' ');
  return {line.substr(0, space), line.substr(space + 1)};
}

weir::Stream<std::string> long_words(const weir::Stream<std::string>& lines) {
  return lines | op::flat_map("split", split) | op::filter("long", [](const std::string& w) { return w.size() > 9; });
}

void print_long_words() {
  weir::Dataflow flow{"long_words"};
  const auto lines = flow.input("lines", weir::RangeInput{std::vector<std::string>{"stream processing"}});
  lines | long_words | op::output("out", weir::StandardOutput{});
  weir::run(flow);
}

// docs/guides/add-a-sink.md

struct Order {
  std::uint64_t id;
};

class OrderTable {
 public:
  static constexpr bool kOnePartition = true;

  [[nodiscard]] bool transactional() const { return true; }

  template <std::same_as<Order> T>
  [[nodiscard]] std::unique_ptr<weir::TransactionalPartition<T>> resume(const weir::OpenContext& context,
                                                                        const weir::SinkResume& resume) const;
};
static_assert(weir::OnePartitionSink<OrderTable> && weir::TransactionalSink<OrderTable, Order>);

// docs/guides/flags.md

struct Settings {
  std::string word = "default";
};

weir::Dataflow build(const Settings& settings) {
  weir::Dataflow flow{"settings"};
  flow.input("words", weir::RangeInput{std::vector{settings.word}}) | op::output("out", weir::StandardOutput{});
  return flow;
}

// docs/recovery.md

struct Event {
  std::string user;
};

void count_a_large_file() {
  const fs::path folder = fs::temp_directory_path() / ("weir_snippets_" + std::to_string(std::random_device{}()));
  fs::create_directories(folder);
  const fs::path before = fs::current_path();
  fs::current_path(folder);
  std::ofstream{"large.jsonl"} << "{\"user\":\"ann\"}\n{\"user\":\"bob\"}\n{\"user\":\"ann\"}\n";
  weir::Dataflow flow{"large"};
  flow.input("events", weir::JsonLines{{"large.jsonl"}, weir::fields<Event>("user")}.in_parts()) |
      op::count_final("count", &Event::user) |
      op::filter("ann", [](const auto& counted) { return counted.first == "ann"; }) |
      op::map("text", [](const auto& counted) { return std::to_string(counted.second) + " events of ann"; }) |
      op::output("out", weir::StandardOutput{});
  weir::run(flow);
  fs::current_path(before);
  fs::remove_all(folder);
}

int main_without_run_main(int argc, const char* const* argv) {
  Settings settings;
  weir::Flags flags{"snippets", "Prints a word."};
  flags.add("--word", settings.word, "This word");
  if (const std::optional<int> exit = flags.parse(argc, argv)) {
    return *exit;  // --help, --version, or a mistake that has been explained
  }
  weir::run(build(settings), flags.options());
  return 0;
}

}  // namespace

int main() {
  count_places();
  count_a_large_file();
  apply_policies();
  keep_running_sums();
  run_in_the_background();
  count_visits();
  test_steps();
  test_recovery();
  count_per_hour();
  count_late_ones_too();
  find_busiest_minute();
  price_trades();
  print_long_words();
  const std::vector<const char*> arguments{"snippets", "--word", "given", "--workers", "2"};
  return main_without_run_main(static_cast<int>(arguments.size()), arguments.data());
}
