#include "result.hpp"

#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <utility>

#include <weir/weir.hpp>

namespace weir::bench {
namespace {

auto result_shape() {
  return fields<Result>("workload", "opponent", "size", "workers", "exchange", "cores", "opponent_rates", "rates",
                        "opponent_cpu_seconds", "cpu_seconds", "opponent_peak_mb", "peak_mb");
}

}  // namespace

std::vector<double> Result::ratios() const {
  std::vector<double> ratios;
  for (std::size_t pair = 0; pair < rates.size() && pair < opponent_rates.size(); ++pair) {
    ratios.push_back(rates[pair] / opponent_rates[pair]);
  }
  return ratios;
}

void write_results(const std::string& path, const std::vector<Result>& results) {
  std::ofstream file{path};
  for (const Result& result : results) {
    std::string line;
    JsonWriter json{line};
    result_shape().write(json, result);
    file << line << '\n';
  }
  if (!file.flush()) {
    throw std::runtime_error{path + ": cannot be written"};
  }
}

std::vector<Result> read_results(const std::string& path) {
  std::vector<Result> results;
  Dataflow flow{"results"};
  flow.input("file", JsonLines{{path}, result_shape()}) |
      op::output("out", Callback{[&results](Result result) { results.push_back(std::move(result)); }});
  RunOptions options;
  options.workers = 1;
  run(flow, options);
  return results;
}

}  // namespace weir::bench
