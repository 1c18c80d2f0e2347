// expects: aggregate_final: the aggregator cannot fold these values; see weir/aggregate.hpp for what it needs
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::testing::Scripted<std::pair<int, int>>{{}}) |
      weir::op::top_n_final("top", 3, [](const std::string& text) { return text.size(); });
}
