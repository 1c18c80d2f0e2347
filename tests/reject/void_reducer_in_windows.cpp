// expects: reduce: reducer must be callable as
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

void add(int so_far, int next) { so_far += next; }

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<std::pair<std::string, int>>{{}}) |
      op::reduce_window("step", weir::CountWindows{2}, add);
}
