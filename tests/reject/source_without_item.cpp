// expects: input: needs a source, which has a type for its items
// alone
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <weir/weir.hpp>

namespace op = weir::op;

struct OwnSource {
  [[nodiscard]] std::vector<std::string> partitions() const { return {"one"}; }
  [[nodiscard]] std::unique_ptr<weir::SourcePartition<int>> open(const std::string&, const std::optional<std::string>&,
                                                                 const weir::OpenContext&) const {
    return nullptr;
  }
};

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", OwnSource{}) | op::map("twice", [](int n) { return 2 * n; }) |
      op::output("out", weir::StandardOutput{});
}
