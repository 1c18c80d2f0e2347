// Gives orders the names of their countries, from a table in a file of its own.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weir/weir.hpp"

namespace op = weir::op;

namespace {

struct Order {
  std::int64_t id;
  std::string country;
};

struct Country {
  std::string code;
  std::string name;
};

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> orders;
  std::vector<std::string> countries;
  std::string output = "-";
  weir::Flags flags{"name_orders", "Orders with the names of their countries."};
  flags.add("--orders", orders, "files");
  flags.add("--countries", countries, "files");
  flags.add("--output", output, "a file");
  return weir::run_main(flags, argc, argv, [&] {
    weir::Dataflow flow{"name_orders"};
    const auto order = flow.input("orders", weir::JsonLines{orders, weir::fields<Order>("id", "country")});
    const auto names = flow.input("countries", weir::JsonLines{countries, weir::fields<Country>("code", "name")}) |
                       op::map("row", [](Country&& country) { return std::pair{country.code, country.name}; });
    op::lookup("country", order, &Order::country, names) |
        op::map("text",
                [](const std::pair<Order, std::optional<std::string>>& known) {
                  return std::pair{known.first.id, known.second.value_or("?")};
                }) |
        op::output("out", weir::TextFile{output});
    return flow;
  });
}
