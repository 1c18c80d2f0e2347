// expects: deduplicate: by must be callable as Id(const T&)
#include <string>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::testing::Scripted<int>{{}}) |
      weir::op::deduplicate("once", [](const std::string& text) { return text.size(); });
}
