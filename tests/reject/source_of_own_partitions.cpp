// expects: input: needs a source, which has std::vector<std::string> partitions() const, and std::unique_ptr<
// alone
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <weir/weir.hpp>

namespace op = weir::op;

class OwnPartition final : public weir::SourcePartition<int> {
 public:
  weir::Poll poll(weir::Emit<int>& /*emit*/) override { return weir::Poll::end(); }
  [[nodiscard]] std::string position() const override { return {}; }
};

struct OwnSource {
  using Item = int;
  [[nodiscard]] std::vector<std::string> partitions() const { return {"one"}; }
  [[nodiscard]] std::unique_ptr<OwnPartition> open(const std::string&, const std::optional<std::string>&,
                                                   const weir::OpenContext&) const {
    return std::make_unique<OwnPartition>();
  }
};

int main() {
  weir::Dataflow flow{"rejected"};
  auto [items, bad] = flow.try_input("in", OwnSource{});
  items | op::map("twice", [](int n) { return 2 * n; }) | op::output("out", weir::StandardOutput{});
  flow.input("too", OwnSource{}, weir::OnBadRecord::skip()) | op::output("out_too", weir::StandardOutput{});
}
