// expects: distinct: what values are compared by must be a key: text, an integer
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::testing::Scripted<std::pair<int, double>>{{}}) | weir::op::distinct("values");
}
