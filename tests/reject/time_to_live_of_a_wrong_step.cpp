// expects: scan: folder must be callable as void(Fold& so_far, V&& value)
#include <chrono>
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;
using namespace std::chrono_literals;

int main() {
  weir::Dataflow flow{"flow"};
  const auto in = flow.input("in", weir::testing::Scripted<std::pair<int, int>>{{}});
  const auto initial = [] { return 0; };
  static_cast<void>(in | op::time_to_live(1h, op::scan("scan", initial, [](std::string& all, int n) { all += n; })));
}
