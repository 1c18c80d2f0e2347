// Flags of your own beside those that every program of weir has: a list, a whole number, a number, a text, a switch,
// and a policy for bad records. Try --help.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <weir/weir.hpp>

namespace op = weir::op;

namespace {

struct Reading {
  std::string city;
  double celsius;
};

struct Settings {
  std::vector<std::string> inputs;
  weir::OnBadRecord on_bad = weir::OnBadRecord::stop();
  std::vector<std::string> cities{"Oslo", "Lima"};
  double above = 15;
  std::int64_t shift = -1;  // added to every reading
  std::uint64_t rounds = 2;
  std::string unit = "C";
  bool count = false;
};

weir::Stream<Reading> readings(weir::Dataflow& flow, const Settings& settings) {
  if (!settings.inputs.empty()) {
    return flow.input("readings", weir::JsonLines{settings.inputs, weir::fields<Reading>("city", "celsius")},
                      settings.on_bad);
  }
  std::vector<Reading> made;
  for (std::uint64_t round = 0; round < settings.rounds; ++round) {
    for (const std::string& city : settings.cities) {
      made.push_back({city, 10.0 * static_cast<double>(round + 1)});
    }
  }
  return flow.input("readings", weir::RangeInput{std::move(made)});
}

weir::Dataflow build(const Settings& settings) {
  if (settings.unit != "C" && settings.unit != "F") {
    throw weir::UsageError{"--unit: \"" + settings.unit + "\" is no unit; expected C or F"};
  }
  weir::Dataflow flow{"own_flags"};
  const auto warm = readings(flow, settings) |
                    op::map("shift",
                            [shift = settings.shift](Reading&& reading) {
                              reading.celsius += static_cast<double>(shift);
                              return std::move(reading);
                            }) |
                    op::filter("above", [above = settings.above](const Reading& r) { return r.celsius > above; });
  if (settings.count) {
    warm | op::count_final("count", &Reading::city) | op::output("counts", weir::StandardOutput{});
  } else {
    warm | op::map("text", [fahrenheit = settings.unit == "F"](const Reading& reading) {
      return std::pair{reading.city, fahrenheit ? reading.celsius * 1.8 + 32 : reading.celsius};
    }) | op::output("out", weir::StandardOutput{});
  }
  return flow;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;  // what stands here is the default, also in --help
  weir::Flags flags{"own_flags", "Warm readings of some cities."};
  flags.add("--input", settings.inputs, "Read these JSON Lines files; none: make readings up");
  flags.add("--on-bad-record", settings.on_bad, "What becomes of records that cannot be used");
  flags.add("--city", settings.cities, "Cities to make readings up for");
  flags.add("--above", settings.above, "Print readings above this many degrees Celsius");
  flags.add("--shift", settings.shift, "Add this to every reading");
  flags.add("--rounds", settings.rounds, "Readings to make up for each city");
  flags.add("--unit", settings.unit, "C or F");
  flags.add("--count", settings.count, "Count the readings of each city instead");
  return weir::run_main(flags, argc, argv, [&settings] { return build(settings); });
}
