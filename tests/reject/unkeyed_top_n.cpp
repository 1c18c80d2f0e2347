// expects: top_n: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it
#include <weir/testing.hpp>
#include <weir/weir.hpp>

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::testing::Scripted<int>{{}}) | weir::op::top_n("top", 3);
}
