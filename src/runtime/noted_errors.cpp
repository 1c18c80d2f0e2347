#include "weir/detail/runtime/noted_errors.hpp"

#include <cstddef>
#include <string_view>

#include "codec/utf8.hpp"
#include "weir/time.hpp"

namespace weir::detail::runtime {
namespace {

constexpr std::size_t kNoted = 8;
constexpr std::size_t kErrorBytes = 400;

}  // namespace

void NotedErrors::note(Time at, std::string_view partition, std::string_view error) {
  if (ring_.size() < kNoted) {
    ring_.emplace_back();
  }
  NotedError& noted = ring_[next_];
  next_ = (next_ + 1) % kNoted;
  noted.at = at;
  noted.partition = partition;
  noted.error = codec::shortened_utf8(error, kErrorBytes);
}

}  // namespace weir::detail::runtime
