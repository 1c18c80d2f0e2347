// expects: join: needs two keyed streams or more
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  op::join("step", flow.input("in", weir::testing::Scripted<std::pair<int, int>>{{}}));
}
