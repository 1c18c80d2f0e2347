// expects: map: mapper must be callable with the stream's item
#include <string>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

int main() {
  weir::Dataflow flow{"flow"};
  static_cast<void>(flow.input("in", weir::testing::Scripted<int>{{}}) |
                    op::skip_errors(op::map("size", [](const std::string& text) { return text.size(); })));
}
