// expects: deduplicate: by must return a key: text, an integer, an enum, a point in time, a pair or tuple of them
#include <weir/testing.hpp>
#include <weir/weir.hpp>

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::testing::Scripted<int>{{}}) | weir::op::deduplicate("once", [](int n) { return n / 2.0; });
}
