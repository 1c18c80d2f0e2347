// A step with metrics of its own. They show on the status page, in /dataflow and in /metrics:
//
//     own_metrics --http 127.0.0.1:8080

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <weir/weir.hpp>

namespace op = weir::op;

int main(int argc, char** argv) {
  weir::Dataflow flow{"own_metrics"};
  const auto count_bytes = weir::per_worker([](weir::WorkerContext worker) {
    return [bytes = worker.counter("text_bytes", "Bytes of texts."),
            sizes = worker.histogram("text_size_bytes", "Sizes of texts.", {8, 64, 512})](std::string&& text) mutable {
      bytes.add(text.size());
      sizes.observe(static_cast<double>(text.size()));
      return std::move(text);
    };
  });
  flow.input("texts", weir::RangeInput{std::vector<std::string>{"a short one", "a somewhat longer one"}}) |
      op::map("count_bytes", count_bytes) | op::output("out", weir::StandardOutput{});
  return weir::run_main(std::move(flow), argc, argv);
}
