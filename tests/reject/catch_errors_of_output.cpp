// expects: catch_errors: wraps a step that gives a stream; an output gives none
#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::testing::Scripted<int>{{}}) | op::catch_errors(op::output("out", weir::StandardOutput{}));
}
