// expects: concat_sources: each argument must be a source; see weir/source.hpp for what a source is
#include <vector>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::concat_sources(weir::testing::Scripted<int>{{}}, std::vector<int>{1}));
}
