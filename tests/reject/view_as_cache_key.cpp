// expects: enrich_cached: what the getter takes must be a key
#include <chrono>
#include <string_view>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;
using namespace std::chrono_literals;

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<int>{{}}) | op::enrich_cached(
                                                           "step", [](std::string_view key) { return key.size(); },
                                                           [](int, auto& size) { return size("key"); }, 1h, 100);
}
