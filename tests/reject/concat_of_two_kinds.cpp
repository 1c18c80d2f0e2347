// expects: concat_sources: a source with a partition on every worker, as ManualInput, and one with named partitions
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

int main() {
  weir::Dataflow flow{"flow"};
  flow.input("in", weir::concat_sources(weir::testing::Scripted<int>{{}},
                                        weir::ManualInput{[](std::size_t, std::size_t, std::optional<int>) {
                                          return std::vector<std::pair<int, int>>{};
                                        }}));
}
