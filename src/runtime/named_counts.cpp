#include "weir/detail/runtime/named_counts.hpp"

#include <cstdint>
#include <initializer_list>
#include <utility>

namespace weir::detail::runtime {

NamedCounts::NamedCounts() = default;
NamedCounts::NamedCounts(std::initializer_list<std::pair<const char*, std::uint64_t>> counts)
    : counts_{counts.begin(), counts.end()} {}
NamedCounts::NamedCounts(const NamedCounts& other) = default;
NamedCounts::NamedCounts(NamedCounts&& other) noexcept = default;
NamedCounts& NamedCounts::operator=(const NamedCounts& other) = default;
NamedCounts& NamedCounts::operator=(NamedCounts&& other) noexcept = default;
NamedCounts::~NamedCounts() = default;

void NamedCounts::add(const NamedCounts& other) {
  for (const auto& [name, count] : other.counts_) {
    counts_[name] += count;
  }
}

}  // namespace weir::detail::runtime
