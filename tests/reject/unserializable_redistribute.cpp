// expects: redistribute: items change worker
#include <memory>
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  const auto in = flow.input("in", weir::testing::Scripted<int>{{}});
  static_cast<void>(in | op::map("box", [](int n) { return std::make_unique<int>(n); }) | op::redistribute("step"));
}
