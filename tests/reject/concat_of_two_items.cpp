// expects: concat_sources: the sources must have the same Item
#include <string>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

using weir::testing::Scripted;

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::concat_sources(Scripted<int>{{}}, Scripted<std::string>{{}}));
}
