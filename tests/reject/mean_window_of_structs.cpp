// expects: aggregate_window: the aggregator cannot fold these values
#include <chrono>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

using namespace std::chrono_literals;
namespace op = weir::op;

struct Reading {
  weir::Time time;
  int number = 0;
};

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<std::pair<int, Reading>>{{}}) |
      op::mean_window("step", weir::TumblingWindows{weir::EventClock{&Reading::time}, 1min});
}
