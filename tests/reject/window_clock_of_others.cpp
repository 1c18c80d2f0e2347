// expects: aggregate_window: needs windows, such as weir::TumblingWindows{clock, length}, whose clock
#include <chrono>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

using namespace std::chrono_literals;
namespace op = weir::op;

struct Reading {
  weir::Time time;
};
struct Order {
  weir::Time time;
};

int main() {
  weir::Dataflow flow{"rejected"};
  const weir::EventClock clock{&Order::time};
  flow.input("in", weir::testing::Scripted<std::pair<int, Reading>>{{}}) |
      op::count_window("step", weir::TumblingWindows{clock, 1min});
}
