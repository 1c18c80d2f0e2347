// expects: lookup: the key of a row must be a key
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  const auto stream = flow.input("stream", weir::testing::Scripted<double>{{}});
  const auto table = flow.input("table", weir::testing::Scripted<std::pair<double, int>>{{}});
  op::lookup("step", stream, [](double item) { return item; }, table);
}
