// expects: redistribute: items change worker, so they must be serializable
// notes: PointersCannotCrossWorkers
#include <memory>
#include <string>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

struct Order {
  int id;
  std::shared_ptr<std::string> text;
};

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<Order>{{}}) | op::redistribute("step");
}
