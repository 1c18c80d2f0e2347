// Counts visits of pages by the minute: reads JSON Lines, writes JSON Lines.
#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "visits.hpp"

int main(int argc, char** argv) {
  std::vector<std::string> input{"-"};
  std::string output{"-"};
  weir::OnBadRecord on_bad_record = weir::OnBadRecord::stop();
  weir::Flags flags{"visits", "Counts visits of pages by the minute."};
  flags.add("--input", input, "Files of visits (JSON Lines), directories, or - for standard input");
  flags.add("--output", output, "The file for the counts, or - for standard output");
  flags.add("--on-bad-record", on_bad_record, "What happens at a line that cannot be used");
  return weir::run_main(flags, argc, argv, [&] {
    weir::Dataflow flow{"visits"};
    visits_per_minute(flow.input("visits", weir::JsonLines{input, visit_shape()}, on_bad_record)) |
        weir::op::output("out", weir::JsonLinesOutput{output, count_shape()});
    return flow;
  });
}
