// expects: aggregator: add(State& so_far, V&& value) and merge
#include <string>
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

struct Sum {
  static int first(int value) { return value; }
  static void add(int so_far, int value) { so_far += value; }
  static int result(int so_far) { return so_far; }
};

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<std::pair<std::string, int>>{{}}) | op::aggregate_final("step", Sum{});
}
