#include <string>
#include <utility>
#include <vector>

#include <weir/weir.hpp>

int main() {
  int sum = 0;
  weir::Dataflow flow{"sums"};
  flow.input("numbers", weir::RangeInput{std::vector<std::pair<std::string, int>>{{"a", 1}, {"a", 2}}}) |
      weir::op::reduce_final("sum", [](int so_far, int next) { return so_far + next; }) |
      weir::op::output("out", weir::Callback{[&sum](const std::pair<std::string, int>& keyed) { sum = keyed.second; }});
  weir::run(flow, {.workers = 2});
  return sum == 3 ? 0 : 1;
}
