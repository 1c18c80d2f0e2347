// expects: enrich_cached: the key is what the getter takes, which cannot be told
#include <chrono>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;
using namespace std::chrono_literals;

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<int>{{}}) |
      op::enrich_cached(
          "step", [](const auto& key) { return key; }, [](int key, auto& value) { return value(key); }, 1h, 100);
}
