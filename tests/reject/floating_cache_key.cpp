// expects: enrich_cached: what the getter takes must be a key
#include <chrono>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;
using namespace std::chrono_literals;

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<int>{{}}) |
      op::enrich_cached(
          "step", [](double key) { return key; }, [](int key, auto& value) { return value(key); }, 1h, 100);
}
