// A program that hangs in --where, for ever, after it has made the file "hangs": build, open, step or close.

#include <cstdint>
#include <fstream>
#include <memory>
#include <ranges>
#include <string>

#include <unistd.h>

#include "weir/weir.hpp"

namespace {

[[noreturn]] void hang() {
  std::ofstream{"hangs"} << "yes";
  while (true) {
    ::pause();
  }
}

/// Hangs as it is opened, or as it goes.
struct StubbornSink {
  std::string where;

  struct Partition final : weir::SinkPartition<std::int64_t> {
    explicit Partition(bool hangs) : hangs_as_it_goes{hangs} {}
    ~Partition() override {
      if (hangs_as_it_goes) {
        hang();
      }
    }
    void write(std::int64_t&& /*item*/) override {}
    bool hangs_as_it_goes;
  };

  template <std::same_as<std::int64_t> T>
  std::unique_ptr<weir::SinkPartition<T>> open(const weir::OpenContext& context) const {
    if (where == "open" && context.worker.index.value == 0) {
      hang();
    }
    return std::make_unique<Partition>(where == "close" && context.worker.index.value == 0);
  }
};

}  // namespace

int main(int argc, char** argv) {
  std::string where;
  weir::Flags flags{"stubborn", "Hangs."};
  flags.add("--where", where, "build, open, step or close");
  return weir::run_main(flags, argc, argv, [&] {
    if (where == "build") {
      hang();
    }
    weir::Dataflow flow{"stubborn"};
    flow.input("in", weir::RangeInput{std::views::iota(std::int64_t{0}, std::int64_t{10})}) |
        weir::op::map("step",
                      [where](std::int64_t n) {
                        if (where == "step" && n == 5) {
                          hang();
                        }
                        return n;
                      }) |
        weir::op::output("out", StubbornSink{where});
    return flow;
  });
}
