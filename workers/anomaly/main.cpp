// Anomalies in metrics: holds each value against the mean and the spread of those of its key that came before it.

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "anomaly/generate.hpp"
#include "anomaly/judge.hpp"
#include "anomaly/measurement.hpp"

namespace {

using namespace anomaly;
namespace op = weir::op;

/// What the command line asks for.
struct Job {
  std::vector<std::string> input;
  Made made;
  Limits limits;
  std::string output{"-"};
  std::string log;
  weir::OnBadRecord on_bad_record = weir::OnBadRecord::stop();
  bool only_anomalies = false;
};

void check(const Job& job) {
  if (!(job.limits.threshold > 0) || std::isinf(job.limits.threshold)) {
    throw weir::UsageError{"--threshold: expected a number above 0"};
  }
  if (job.made.keys == 0) {
    throw weir::UsageError{"--keys: expected 1 or more"};
  }
}

weir::Dataflow build(const Job& job) {
  check(job);
  weir::Dataflow flow{"anomaly"};
  const auto measurements = job.input.empty()
                                ? flow.input("input", generated_measurements(job.made))
                                : flow.input("input", weir::json_lines<Measurement>(job.input), job.on_bad_record);
  if (!job.log.empty()) {
    measurements | op::output("log", weir::json_lines_output<Measurement>(job.log));
    return flow;
  }
  auto judged = judgements(measurements, job.limits);
  if (job.only_anomalies) {
    judged = judged | op::filter("only_anomalies", &Judgement::anomaly);
  }
  judged | op::output("out", weir::json_lines_output<Judgement>(job.output));
  return flow;
}

}  // namespace

int main(int argc, char** argv) {
  Job job;
  weir::Flags flags{"anomaly",
                    "Finds anomalies in metrics: values that lie more than so many standard deviations from the mean "
                    "of those of the same key before them. Prints every value with its mean, standard deviation and "
                    "z-score as a line of JSON. Without --input it makes up the loads of some processors."};
  flags.add("--input", job.input, "Metrics to read (JSON Lines): files, directories, or - for standard input");
  flags.add("--output", job.output, "The file that the judgements go to, one a line; - is standard output");
  flags.add("--only-anomalies", job.only_anomalies, "Leave out the values that are none");
  flags.add("--threshold", job.limits.threshold, "Standard deviations from the mean that are not yet an anomaly");
  flags.add("--warm-up", job.limits.warm_up, "Values of a key that must have come before one is judged");
  flags.add("--on-bad-record", job.on_bad_record, "What happens at a line of --input that cannot be used");
  flags.add("--generate", job.made.count, "Without --input: make this many values");
  flags.add("--keys", job.made.keys, "Without --input: of this many processors");
  flags.add("--seed", job.made.seed, "Without --input: another number makes other values");
  flags.add("--write-log", job.log, "Write the values to this file (- for standard output) in place of judgements");
  return weir::run_main(flags, argc, argv, [&] { return build(job); });
}
