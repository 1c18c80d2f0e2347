// expects: combined: what different workers folded must be merged, and this aggregator has no merge
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::testing::Scripted<std::pair<int, std::string>>{{}}) |
      weir::op::fold_final(
          "join", [] { return std::string{}; }, [](std::string& so_far, const std::string& next) { so_far += next; })
          .combined();
}
