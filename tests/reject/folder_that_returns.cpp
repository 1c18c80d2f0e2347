// expects: fold: folder must be callable as
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<std::pair<std::string, int>>{{}}) |
      op::fold(
          "step", [] { return 0; }, [](const int& so_far, int next) { return so_far + next; },
          [](int) { return true; });
}
