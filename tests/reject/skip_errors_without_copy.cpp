// expects: skip_errors: this step keeps a state for every key, which its logic may have changed when it throws
#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::testing::Scripted<int>{{}}) | op::key_on("key", [](int n) { return n; }) |
      op::skip_errors(op::scan("sum", [] { return 0; }, [](int& sum, int n) { sum += n; }));
}
