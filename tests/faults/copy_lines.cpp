// Copies lines from --input to --output: what the tests of faults start as a process of its own.

#include <string>
#include <vector>

#include "weir/weir.hpp"

int main(int argc, char** argv) {
  std::vector<std::string> input;
  std::string output = "-";
  weir::OnBadRecord on_bad_record = weir::OnBadRecord::stop();
  bool one_stream = false;
  weir::Flags flags{"copy_lines", "Copies lines."};
  flags.add("--input", input, "files, directories, or - for standard input");
  flags.add("--output", output, "a file, or - for standard output");
  flags.add("--on-bad-record", on_bad_record, "what becomes of a line that is not UTF-8");
  flags.add("--one-stream", one_stream, "read the files as one");
  return weir::run_main(flags, argc, argv, [&] {
    weir::TextFiles files{input};
    if (one_stream) {
      files.as_one_stream();
    }
    weir::Dataflow flow{"copy_lines"};
    flow.input("input", files, on_bad_record) | weir::op::output("out", weir::TextFile{output});
    return flow;
  });
}
