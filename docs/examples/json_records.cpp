// Records of your own in JSON Lines: a struct by the names of its fields, nested structs, optional members, an enum
// with its own text, alternatives told apart by a tag, and bad records in a file of their own.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <weir/weir.hpp>

namespace op = weir::op;
namespace fs = std::filesystem;

namespace shop {

enum class Unit : std::uint8_t { kPiece, kKilogram };

struct Line {
  std::string item;
  double amount;
  Unit unit;
};

struct Order {
  std::uint64_t id;
  std::vector<Line> lines;
  std::optional<std::string> coupon;  // may be absent, or null
};

struct Cancel {
  std::uint64_t id;
};

using Event = std::variant<Order, Cancel>;

struct Total {
  std::uint64_t order;
  double pieces;
  double kilograms;
  std::optional<std::string> coupon;
};

// weir finds these functions since they are in the namespace of their type.

void from_json(const weir::JsonValue& json, Unit& unit) {
  const std::string_view text = json.text();
  if (text != "piece" && text != "kg") {
    json.fail("\"" + std::string{text} + "\" is no unit; expected \"piece\" or \"kg\"");
  }
  unit = text == "kg" ? Unit::kKilogram : Unit::kPiece;
}

void from_json(const weir::JsonValue& json, Line& line) {
  static const auto shape = weir::fields<Line>("item", "amount", "unit");
  shape.read(json, line);
}

void to_json(weir::JsonWriter& json, const Total& total) {
  json.begin_object();
  json.member("order", total.order);
  json.member("amounts", std::pair{total.pieces, total.kilograms});
  if (total.coupon) {  // left out rather than null
    json.member("coupon", *total.coupon);
  }
  json.end_object();
}

auto event_shape() {
  return weir::one_of<Event>("event", weir::named("order", weir::fields<Order>("id", "lines", "coupon")),
                             weir::named("cancel", weir::fields<Cancel>("id")));
}

std::optional<Total> total_of(const Event& event) {
  const auto* const order = std::get_if<Order>(&event);
  if (order == nullptr) {
    return std::nullopt;
  }
  Total total{order->id, 0, 0, order->coupon};
  for (const Line& line : order->lines) {
    (line.unit == Unit::kKilogram ? total.kilograms : total.pieces) += line.amount;
  }
  return total;
}

}  // namespace shop

int main(int argc, char** argv) {
  const fs::path folder = fs::temp_directory_path() / ("weir_json_records_" + std::to_string(std::random_device{}()));
  fs::create_directories(folder);
  std::ofstream{folder / "events.jsonl"}
      << R"({"event":"order","id":1,"lines":[{"item":"pen","amount":2,"unit":"piece"}],"coupon":"SPRING"})" << '\n'
      << R"({"event":"order","id":2,"lines":[{"item":"ink","amount":1,"unit":"litre"}]})" << '\n'
      << R"({"event":"cancel","id":1})" << '\n'
      << R"({"event":"order","id":"three","lines":[]})" << '\n'
      << R"({"event":"order","id":4,"lines":[{"item":"clay","amount":1.5,"unit":"kg"}],"coupon":null,"new":true})"
      << '\n';

  weir::Dataflow flow{"json_records"};
  flow.input("events", weir::JsonLines{{folder / "events.jsonl"}, shop::event_shape()},
             weir::OnBadRecord::file(folder / "bad.jsonl")) |
      op::filter_map("total", shop::total_of) | op::output("totals", weir::json_lines_output<shop::Total>("-"));
  const int exit = weir::run_main(std::move(flow), argc, argv);

  std::ifstream bad{folder / "bad.jsonl"};
  for (std::string line; std::getline(bad, line);) {
    std::cout << line.erase(line.find(folder.string()), folder.string().size() + 1) << '\n';
  }
  fs::remove_all(folder);
  return exit;
}
