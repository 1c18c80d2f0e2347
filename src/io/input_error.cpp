#include "io/input_error.hpp"

#include <exception>

#include <fmt/format.h>

#include "weir/errors.hpp"

namespace weir::detail::io {

void fail_input_nested(const std::string& where) {
  std::string cause = "an exception that is no std::exception";
  try {
    throw;
  } catch (const std::exception& error) {
    cause = error.what();
  } catch (...) {  // NOLINT(bugprone-empty-catch): the text above says all that is known
  }
  std::throw_with_nested(InputError{fmt::format("{}: {}", where, cause)});
}

void refuse_input(const std::string& what) { throw RecoveryError{RecoveryError::Kind::kRefused, "recovery: " + what}; }

}  // namespace weir::detail::io
