// expects: distinct: by must be callable as B(const V&)
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::testing::Scripted<std::pair<int, int>>{{}}) |
      weir::op::distinct("values", [](const std::string& text) { return text.size(); });
}
