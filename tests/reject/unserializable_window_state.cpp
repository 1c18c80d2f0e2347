// expects: aggregate_window: the states of windows are kept in snapshots, so they must be serializable
#include <utility>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

class Opaque {
 public:
  explicit Opaque(int number) : number_{number} {}

 private:
  int number_;
};

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<std::pair<int, int>>{{}}) |
      op::fold_window("step", weir::CountWindows{2}, [] { return Opaque{0}; }, [](Opaque&, int) {});
}
