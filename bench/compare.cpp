#include "compare.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <variant>
#include <vector>

#include "result.hpp"
#include "statistics.hpp"

namespace weir::bench {
namespace {

// Whether both were measured under the same conditions.
bool same(const Result& a, const Result& b) {
  return a.workload == b.workload && a.opponent == b.opponent && a.workers == b.workers && a.exchange == b.exchange &&
         a.size == b.size;
}

bool same(const LatencyResult& a, const LatencyResult& b) {
  return a.workload == b.workload && a.opponent == b.opponent && a.workers == b.workers && a.exchange == b.exchange &&
         a.rate == b.rate && a.seconds == b.seconds;
}

std::string name_of(const Result& result) { return result.workload; }
std::string name_of(const LatencyResult& result) { return result.workload + " " + std::to_string(result.rate) + "/s"; }

enum class Verdict { kSame, kSlower, kFaster };

template <typename AResult>
Verdict compare_rows(const AResult& then, const AResult& now) {
  constexpr double kCertain = 0.01;
  constexpr double kMatters = 0.02;
  const double change = median(now.ratios()) / median(then.ratios()) - 1;
  const double p = mann_whitney_p(then.ratios(), now.ratios());
  const bool certain = p < kCertain && std::abs(change) > kMatters;
  const Verdict verdict = !certain ? Verdict::kSame : change < 0 ? Verdict::kSlower : Verdict::kFaster;
  std::printf("%-12s %-12s %7s %-8s %8.2f %8.2f %7.1f%% %8.4f%s\n", name_of(now).c_str(), now.opponent.c_str(),
              std::to_string(now.workers).c_str(), now.exchange.c_str(), median(then.ratios()), median(now.ratios()),
              change * 100, p,
              verdict == Verdict::kSame     ? ""
              : verdict == Verdict::kSlower ? "  slower"
                                            : "  faster");
  return verdict;
}

}  // namespace

bool compare(const std::string& before, const std::string& after) {
  const std::vector<AnyResult> then = read_results(before);
  bool good = true;
  std::printf("%-12s %-12s %7s %-8s %8s %8s %8s %8s\n", "workload", "beside", "workers", "mode", "before", "after",
              "change", "p");
  for (const AnyResult& result : read_results(after)) {
    std::visit(
        [&]<typename AResult>(const AResult& now) {
          const auto match = std::ranges::find_if(then, [&](const AnyResult& other) {
            const auto* const row = std::get_if<AResult>(&other);
            return row != nullptr && same(*row, now);
          });
          if (match != then.end()) {
            good &= compare_rows(std::get<AResult>(*match), now) != Verdict::kSlower;
          }
        },
        result);
  }
  return good;
}

}  // namespace weir::bench
