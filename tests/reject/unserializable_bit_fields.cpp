// expects: redistribute: items change worker, so they must be serializable
// notes: HasBitFields

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

struct Flags {
  unsigned on : 1;
  unsigned level : 7;
};

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<Flags>{{}}) | op::redistribute("step");
}
