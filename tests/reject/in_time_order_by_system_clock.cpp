// expects: in_time_order: needs a weir::EventClock or weir::EventTime
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<std::pair<int, int>>{{}}) | op::in_time_order("step", weir::SystemClock{});
}
