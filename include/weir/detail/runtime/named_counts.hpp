#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>

namespace weir::detail::runtime {

/// Counts by name. Its code is compiled once, and not in each program.
class NamedCounts {
 public:
  NamedCounts();
  NamedCounts(std::initializer_list<std::pair<const char*, std::uint64_t>> counts);
  NamedCounts(const NamedCounts& other);
  NamedCounts(NamedCounts&& other) noexcept;
  NamedCounts& operator=(const NamedCounts& other);
  NamedCounts& operator=(NamedCounts&& other) noexcept;
  ~NamedCounts();

  /// Adds to those of the same names.
  void add(const NamedCounts& other);

  [[nodiscard]] const std::map<std::string, std::uint64_t>& all() const noexcept { return counts_; }

 private:
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace weir::detail::runtime
