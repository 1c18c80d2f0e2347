// expects: collect: needs a keyed stream
#include <chrono>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

using namespace std::chrono_literals;
namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<int>{{}}) | op::collect("step", 3, 1s);
}
