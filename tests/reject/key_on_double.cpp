// expects: key_on: the key function must return a key
#include <memory>
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  const auto in = flow.input("in", weir::testing::Scripted<int>{{}});
  static_cast<void>(in | op::key_on("step", [](int n) { return 1.5 * n; }));
}
