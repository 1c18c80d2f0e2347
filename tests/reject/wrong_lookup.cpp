// expects: lookup: key_of must be K(const T&): it gets an item and returns the key of the table's rows
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"rejected"};
  const auto stream = flow.input("stream", weir::testing::Scripted<int>{{}});
  const auto table = flow.input("table", weir::testing::Scripted<std::pair<std::string, int>>{{}});
  op::lookup("step", stream, [](int item) { return item; }, table);
}
