#include "status/problems.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "codec/utf8.hpp"

namespace weir::detail::status {
namespace {

constexpr std::size_t kErrors = 8;
constexpr std::size_t kNameBytes = 200;
constexpr std::size_t kProblemBytes = 1'000;

// The errors of files begin with the name of theirs.
std::string text_of(const RunStatus& run, const ErrorState& bad) {
  const std::string step = codec::shortened_utf8(run.steps[bad.step].id, kNameBytes);
  if (bad.partition.empty()) {
    return fmt::format("step \"{}\": {}", step, bad.error);
  }
  if (bad.error.find(bad.partition) != std::string::npos) {
    return fmt::format("input \"{}\": {}", step, bad.error);
  }
  return fmt::format("input \"{}\", partition \"{}\": {}", step, codec::shortened_utf8(bad.partition, kNameBytes),
                     bad.error);
}

}  // namespace

std::vector<std::string> problems_of(const RunStatus& run, const std::vector<LoggedProblem>& logged) {
  std::vector<LoggedProblem> all;
  all.reserve(run.errors.size() + logged.size());
  for (const ErrorState& error : run.errors) {
    all.push_back({.at = error.at, .text = text_of(run, error)});
  }
  std::ranges::stable_sort(all, {}, &LoggedProblem::at);
  if (all.size() > kErrors) {
    all.erase(all.begin(), all.end() - kErrors);
  }
  all.insert(all.end(), logged.begin(), logged.end());
  std::ranges::stable_sort(all, {}, &LoggedProblem::at);
  std::vector<std::string> texts;
  texts.reserve(all.size());
  for (const LoggedProblem& problem : all) {
    texts.push_back(codec::shortened_utf8(problem.text, kProblemBytes));
  }
  return texts;
}

}  // namespace weir::detail::status
