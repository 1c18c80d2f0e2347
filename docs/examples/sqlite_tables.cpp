// Tables of SQLite as output and as input: one run fills a table, whose rows another run adds up into a second table.

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <weir/sqlite.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

namespace {

struct Order {
  std::int64_t id;
  std::string item;
  std::int64_t cents;
};
using Total = std::pair<std::string, std::int64_t>;

auto order_columns() { return weir::columns<Order>("id", "item", "cents"); }

void fill(const std::string& database) {
  const std::vector<Order> orders{{1, "pen", 200}, {2, "ink", 650}, {3, "pen", 210}};
  weir::Dataflow flow{"fill"};
  flow.input("orders", weir::RangeInput{orders}) |
      op::output("table", weir::SqliteOutput{database, "orders", order_columns()}.key({"id"}));
  weir::run(flow);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string database = (std::filesystem::temp_directory_path() / "weir_example_shop.sqlite3").string();
  fill(database);
  weir::Dataflow flow{"sqlite_tables"};
  const auto totals = flow.input("orders", weir::SqliteInput{database, "orders", order_columns()}.by("id")) |
                      op::map("by_item", [](Order&& order) { return Total{std::move(order.item), order.cents}; }) |
                      op::sum_final("total");
  totals | op::output("table", weir::SqliteOutput{database, "totals", weir::columns<Total>("item", "cents")}  //
                                   .key({"item"}));
  totals | op::output("out", weir::StandardOutput{});
  return weir::run_main(std::move(flow), argc, argv);
}
