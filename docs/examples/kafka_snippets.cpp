// The pieces of code on the pages about Kafka, which are quotes of this file. The dataflows are built and not run,
// since they would need a broker.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <weir/kafka.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;
namespace fs = std::filesystem;

namespace {

namespace input {

struct Order {
  std::uint64_t id;
  std::int64_t price;
};

void build(weir::Dataflow& flow) {
  const weir::KafkaCluster cluster{"broker1:9092,broker2:9092"};
  auto orders = flow.input("orders", weir::KafkaInput{cluster, {"orders"}, weir::fields<Order>("id", "price")});
  orders | op::map("price", &Order::price) | op::output("out", weir::StandardOutput{});
}

}  // namespace input

namespace output {

struct Sum {
  std::string user;
  std::uint64_t n;
};

void build(weir::Dataflow& flow) {
  const auto sums = flow.input("sums", weir::RangeInput{std::vector<std::pair<std::string, Sum>>{{"ann", {"ann", 3}}}});
  const weir::KafkaCluster cluster{"broker1:9092,broker2:9092"};
  sums | op::output("out",
                    weir::KafkaOutput{cluster, "sums", weir::kafka_keyed<std::string>(weir::fields<Sum>("user", "n"))});
}

}  // namespace output

namespace both {

struct Order {
  std::string shop;
  std::int64_t price;
};

void build(weir::Dataflow& flow) {
  const auto add_up = [](std::optional<std::int64_t>& total, const Order& order) {
    return *(total = total.value_or(0) + order.price);
  };
  const auto cluster = weir::KafkaCluster{"broker1:9092,broker2:9092"}.read_file("kafka.properties");
  flow.input("orders", weir::KafkaInput{cluster, {"orders"}, weir::fields<Order>("shop", "price")}) |
      op::key_on("by_shop", &Order::shop) | op::stateful_map("total", add_up) |
      op::output("totals", weir::KafkaOutput{cluster, "totals", weir::KafkaText{}});
}

}  // namespace both

namespace repartition {

struct Visit {
  std::string region;
  std::string user;
};

void build(weir::Dataflow& flow) {
  const auto count = [](std::optional<std::uint64_t>& visits, const Visit& /*visit*/) {
    return *(visits = visits.value_or(0) + 1);
  };
  const weir::KafkaCluster cluster{"broker1:9092"};
  const weir::KafkaOutput sums{cluster, "sums", weir::KafkaText{}};
  flow.input("visits", weir::KafkaInput{cluster, {"visits"}, weir::fields<Visit>("region", "user")}) |
      op::key_on("by_user", &Visit::user) | op::stateful_map("count", count) | op::output("out", sums);
}

}  // namespace repartition

}  // namespace

int main() {
  const fs::path folder = fs::temp_directory_path() / ("weir_kafka_snippets_" + std::to_string(std::random_device{}()));
  fs::create_directories(folder);
  fs::current_path(folder);
  std::ofstream{"kafka.properties"} << "client.id=snippets\n";
  for (const auto build : {input::build, output::build, both::build, repartition::build}) {
    weir::Dataflow flow{"kafka"};
    build(flow);
    std::cout << "built\n";
  }
  fs::current_path("/");
  fs::remove_all(folder);
}
