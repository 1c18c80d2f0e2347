// expects: aggregate_final and its kin need a keyed stream, one of std::pair<Key, Value>; put op::key_on before them
#include <weir/testing.hpp>
#include <weir/weir.hpp>

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::testing::Scripted<int>{{}}) | weir::op::sum_final("sum");
}
