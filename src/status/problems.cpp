#include "status/problems.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "codec/utf8.hpp"

namespace weir::detail::status {
namespace {

constexpr std::size_t kBadRecords = 8;
constexpr std::size_t kNameBytes = 200;
constexpr std::size_t kProblemBytes = 1'000;

// The errors of files begin with the name of theirs.
std::string text_of(const RunStatus& run, const BadRecordState& bad) {
  const std::string input = codec::shortened_utf8(run.steps[bad.step].id, kNameBytes);
  if (bad.error.find(bad.partition) != std::string::npos) {
    return fmt::format("input \"{}\": {}", input, bad.error);
  }
  return fmt::format("input \"{}\", partition \"{}\": {}", input, codec::shortened_utf8(bad.partition, kNameBytes),
                     bad.error);
}

}  // namespace

std::vector<std::string> problems_of(const RunStatus& run, const std::vector<LoggedProblem>& logged) {
  std::vector<LoggedProblem> all;
  all.reserve(run.bad_records.size() + logged.size());
  for (const BadRecordState& bad : run.bad_records) {
    all.push_back({.at = bad.at, .text = text_of(run, bad)});
  }
  std::ranges::stable_sort(all, {}, &LoggedProblem::at);
  if (all.size() > kBadRecords) {
    all.erase(all.begin(), all.end() - kBadRecords);
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
