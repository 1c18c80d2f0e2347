// Copies lines from two inputs to two outputs: what the tests of shared files start as a process of its own.

#include <string>

#include "weir/weir.hpp"

namespace op = weir::op;

int main(int argc, char** argv) {
  std::string input = "-";
  std::string other_input;
  std::string output = "-";
  std::string other_output;
  weir::Flags flags{"two_by_two", "Copies lines."};
  flags.add("--input", input, "a file, or - for standard input");
  flags.add("--other-input", other_input, "likewise; none without it");
  flags.add("--output", output, "a file, or - for standard output");
  flags.add("--other-output", other_output, "likewise; none without it");
  return weir::run_main(flags, argc, argv, [&] {
    weir::Dataflow flow{"two_by_two"};
    auto lines = flow.input("in", weir::TextFiles{{input}});
    if (!other_input.empty()) {
      lines = op::merge("merge", lines, flow.input("other_in", weir::TextFiles{{other_input}}));
    }
    lines | op::output("out", weir::TextFile{output});
    if (!other_output.empty()) {
      lines | op::output("other_out", weir::TextFile{other_output});
    }
    return flow;
  });
}
