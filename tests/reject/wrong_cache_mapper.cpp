// expects: enrich_cached: mapper must be callable as U(T, weir::CachedLookup<Key, Value>&)
#include <chrono>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;
using namespace std::chrono_literals;

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<int>{{}}) |
      op::enrich_cached("step", [](int key) { return key; }, [](int key) { return key; }, 1h, 100);
}
