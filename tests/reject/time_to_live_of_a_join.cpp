// expects: time_to_live: wraps a step, after the | of its stream; a join has several streams
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
  static_cast<void>(op::time_to_live(1h, op::join("join", in, in)));
}
