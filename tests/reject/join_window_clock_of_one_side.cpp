// expects: join_window: needs windows, such as weir::TumblingWindows{clock, length}, whose clock
#include <chrono>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

using namespace std::chrono_literals;
namespace op = weir::op;

struct View {
  weir::Time time;
};
struct Click {
  weir::Time time;
};

int main() {
  weir::Dataflow flow{"rejected"};
  const auto views = flow.input("views", weir::testing::Scripted<std::pair<int, View>>{{}});
  const auto clicks = flow.input("clicks", weir::testing::Scripted<std::pair<int, Click>>{{}});
  op::join_window("step", weir::TumblingWindows{weir::EventClock{&View::time}, 1min}, views, clicks);
}
