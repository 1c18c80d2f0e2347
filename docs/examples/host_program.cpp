// A host program that owns its main: it starts a dataflow in the background, feeds it from threads of its own, gets
// results back, stops it, and runs it again.

#include <cstdint>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <weir/weir.hpp>

namespace op = weir::op;

namespace {

struct Order {
  std::string customer;
  std::int64_t cents;
};

/// The sum of each customer's orders so far. State lives as long as a run.
struct RunningTotal {
  using State = std::int64_t;
  using Output = std::int64_t;
  void on_item(const std::string& /*customer*/, std::optional<State>& total, Order&& order,
               weir::KeyedEmit<std::string, Output>& emit) {
    total = total.value_or(0) + order.cents;
    emit(*total);
  }
};

}  // namespace

int main() {
  weir::QueueSource<Order> orders{1024};  // a small handle: the flow's copy is the same queue
  std::map<std::string, std::int64_t> totals;

  weir::Dataflow flow{"orders"};
  flow.input("orders", orders)                                                        //
      | op::key_on("by_customer", [](const Order& order) { return order.customer; })  //
      | op::stateful("total", RunningTotal{})                                         //
      | op::output("out", weir::Callback{[&totals](std::pair<std::string, std::int64_t> total) {
                     totals[total.first] = total.second;  // one call at a time, though on a thread of weir's
                   }});

  weir::RunOptions options;
  options.workers = 2;

  // The first run: two threads push, then the run is stopped. Everything that was pushed before is put out.
  weir::RunHandle run = weir::start(flow, options);
  {
    const auto buy = [&orders](const std::string& customer) {
      for (int n = 0; n < 1000; ++n) {
        orders.push({customer, 5});  // waits while the queue is full; false once nobody will read it
      }
    };
    const std::jthread ann{buy, "ann"};
    const std::jthread bob{buy, "bob"};
  }
  run.stop();
  const weir::RunReport first = run.wait();  // throws what stopped the run, if something did
  for (const auto& [customer, total] : totals) {
    std::cout << customer << ' ' << total << '\n';
  }
  std::cout << "first run read " << first.steps.front().items << " orders\n";

  // The second run of the same flow. What is pushed between the runs waits in the queue.
  totals.clear();
  orders.push({"cid", 7});
  run = weir::start(flow, options);
  orders.push({"cid", 8});
  orders.close();  // ends the input, and with it the run
  run.wait();
  std::cout << "cid " << totals.at("cid") << '\n';
}
