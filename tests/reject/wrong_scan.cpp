// expects: scan: folder must be callable as
#include <memory>
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  const auto in = flow.input("in", weir::testing::Scripted<int>{{}});
  static_cast<void>(in | op::key_on("key", [](int n) { return n; }) |
                    op::scan("step", [] { return 0; }, [](std::string& a, int) { a += "x"; }));
}
