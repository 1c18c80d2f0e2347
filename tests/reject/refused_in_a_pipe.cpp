// expects: reduce: reducer must be callable as
// alone
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<std::pair<std::string, int>>{{}}) |
      op::reduce(
          "first", [](int so_far, int next) { so_far += next; }, [](int) { return true; }) |
      op::map("second", [](const std::pair<std::string, int>& item) { return item.second; }) |
      op::filter("third", [](int sum) { return sum > 9; }) | op::output("out", weir::StandardOutput{});
}
