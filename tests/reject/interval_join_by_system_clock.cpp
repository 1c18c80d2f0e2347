// expects: join by time: needs a weir::EventClock or weir::EventTime
#include <chrono>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

using namespace std::chrono_literals;
namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  const auto left = flow.input("left", weir::testing::Scripted<std::pair<int, int>>{{}});
  const auto right = flow.input("right", weir::testing::Scripted<std::pair<int, int>>{{}});
  op::interval_join("step", weir::SystemClock{}, left, right, 0s, 30s);
}
