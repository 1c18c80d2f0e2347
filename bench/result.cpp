#include "result.hpp"

#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <utility>

#include <weir/weir.hpp>

namespace weir::bench {
namespace {

auto result_shape() {
  return one_of<AnyResult>(
      "kind",
      named("throughput",
            fields<Result>("workload", "opponent", "size", "workers", "exchange", "cores", "opponent_rates", "rates",
                           "opponent_cpu_seconds", "cpu_seconds", "opponent_peak_mb", "peak_mb", "copies_rates")),
      named("latency", fields<LatencyResult>("workload", "opponent", "rate", "seconds", "workers", "exchange", "cores",
                                             "opponent_p50", "p50", "opponent_p99", "p99", "opponent_p999", "p999",
                                             "opponent_max", "max", "opponent_cores_used", "cores_used", "behind")));
}

std::vector<double> quotients(const std::vector<double>& numerators, const std::vector<double>& denominators) {
  std::vector<double> quotients;
  for (std::size_t pair = 0; pair < numerators.size() && pair < denominators.size(); ++pair) {
    quotients.push_back(numerators[pair] / denominators[pair]);
  }
  return quotients;
}

}  // namespace

std::vector<double> Result::ratios() const { return quotients(rates, opponent_rates); }

std::vector<double> Result::ceilings() const {
  return quotients(copies_rates.value_or(std::vector<double>{}), opponent_rates);
}

std::vector<double> LatencyResult::ratios() const { return quotients(opponent_p99, p99); }

void write_results(const std::string& path, const std::vector<AnyResult>& results) {
  std::ofstream file{path};
  for (const AnyResult& result : results) {
    std::string line;
    JsonWriter json{line};
    result_shape().write(json, result);
    file << line << '\n';
  }
  if (!file.flush()) {
    throw std::runtime_error{path + ": cannot be written"};
  }
}

std::vector<AnyResult> read_results(const std::string& path) {
  std::vector<AnyResult> results;
  Dataflow flow{"results"};
  flow.input("file", JsonLines{{path}, result_shape()}) |
      op::output("out", Callback{[&results](AnyResult result) { results.push_back(std::move(result)); }});
  RunOptions options;
  options.workers = 1;
  run(flow, options);
  return results;
}

}  // namespace weir::bench
