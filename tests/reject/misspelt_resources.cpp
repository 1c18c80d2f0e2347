// expects: resources: must be std::vector<weir::Resource> resources() const
#include <memory>
#include <string>
#include <vector>

#include <weir/testing.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;

struct OwnSink {
  template <typename T>
  [[nodiscard]] std::unique_ptr<weir::SinkPartition<T>> open(const weir::OpenContext&) const {
    return nullptr;
  }
  [[nodiscard]] std::vector<std::string> resources() const { return {"file"}; }
};

int main() {
  weir::Dataflow flow{"rejected"};
  flow.input("in", weir::testing::Scripted<int>{{}}) | op::output("out", OwnSink{});
}
