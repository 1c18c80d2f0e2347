// expects: aggregate_window: sessions merge, so the aggregator needs merge(State& so_far, State&& other)
#include <chrono>
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

using namespace std::chrono_literals;
namespace op = weir::op;

struct Visit {
  weir::Time time;
  std::string page;
};

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<std::pair<int, Visit>>{{}}) |
      op::fold_window(
          "step", weir::SessionWindows{weir::EventClock{&Visit::time}, 30min}, [] { return std::string{}; },
          [](std::string& pages, const Visit& visit) { pages += visit.page; });
}
