// expects: values cross workers, so they must be serializable
#include <memory>
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  const auto in = flow.input("in", weir::testing::Scripted<int>{{}});
  static_cast<void>(in | op::map("pair", [](int n) { return std::pair{n, std::make_unique<int>(n)}; }) |
                    op::reduce(
                        "step", [](std::unique_ptr<int>&, std::unique_ptr<int>&&) {},
                        [](const std::unique_ptr<int>&) { return true; }));
}
