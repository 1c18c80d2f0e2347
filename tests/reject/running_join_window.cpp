// expects: join_window: a window's rows are emitted when it closes, kFinal or kComplete
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  const auto left = flow.input("left", weir::testing::Scripted<std::pair<int, int>>{{}});
  const auto right = flow.input("right", weir::testing::Scripted<std::pair<int, int>>{{}});
  op::join_window<weir::JoinInsert::kLast, weir::JoinEmit::kRunning>("step", weir::CountWindows{2}, left, right);
}
