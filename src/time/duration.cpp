#include "weir/detail/time/duration.hpp"

#include <chrono>
#include <string>

#include <fmt/format.h>

#include "weir/errors.hpp"

namespace weir::detail::time {

void check_duration(const std::string& step_id, const char* what, std::chrono::nanoseconds duration) {
  if (duration.count() <= 0 || duration > kLongestDuration) {
    throw BuildError{fmt::format("step \"{}\": {} is {} ns; it must be positive, and at most 36 years", step_id, what,
                                 duration.count())};
  }
}

}  // namespace weir::detail::time
