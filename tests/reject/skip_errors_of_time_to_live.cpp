// expects: skip_errors: this step keeps a state for every key
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
  static_cast<void>(in | op::skip_errors(op::time_to_live(1h, op::distinct("distinct"))));
}
