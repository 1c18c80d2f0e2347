// expects: aggregate_window and its kin need a keyed stream
#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<int>{{}}) | op::count_window("step", weir::CountWindows{2});
}
