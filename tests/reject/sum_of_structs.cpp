// expects: sum: the values must be numbers, or have +=
#include <utility>
#include <vector>

#include <weir/weir.hpp>

namespace {

struct Pair {
  int one;
  int other;
};

}  // namespace

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::RangeInput{std::vector<std::pair<int, Pair>>{}}) | weir::op::sum_final("sum");
}
