// expects: reduce: reducer must be callable as
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<std::pair<std::string, int>>{{}}) |
      op::reduce_final("step", [](auto so_far, auto next) { so_far += next; });
}
