// expects: output: a sink that takes part in epochs has one partition in all
// alone
#include <memory>
#include <vector>

#include "weir/weir.hpp"

struct Sink {
  template <typename T>
  std::unique_ptr<weir::SinkPartition<T>> open(const weir::OpenContext& /*context*/) const {
    return nullptr;
  }
  [[nodiscard]] bool transactional() const { return true; }
  template <typename T>
  std::unique_ptr<weir::TransactionalPartition<T>> resume(const weir::OpenContext& /*context*/,
                                                          const weir::SinkResume& /*resume*/) const {
    return nullptr;
  }
};

int main() {
  weir::Dataflow flow{"tokens"};
  flow.input("in", weir::RangeInput{std::vector{1, 2}}) | weir::op::output("out", Sink{});
}
