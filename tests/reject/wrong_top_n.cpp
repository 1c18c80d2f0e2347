// expects: top_n: by must be callable as B(const V&), and what it returns must be comparable by <
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

struct Unordered {};

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::testing::Scripted<std::pair<int, int>>{{}}) |
      weir::op::top_n("top", 3, [](int) { return Unordered{}; });
}
