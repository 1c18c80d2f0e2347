// expects: the pair's first must be a key
#include <memory>
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  const auto in = flow.input("in", weir::testing::Scripted<int>{{}});
  static_cast<void>(in | op::map("pair", [](int n) { return std::pair{1.5 * n, n}; }) |
                    op::reduce("step", [](int a, int b) { return a + b; }, [](int) { return true; }));
}
