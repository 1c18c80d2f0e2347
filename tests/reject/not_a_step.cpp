// expects: the right side of | must be a step
#include <memory>
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  const auto in = flow.input("in", weir::testing::Scripted<int>{{}});
  static_cast<void>(in | 5);
}
