#pragma once

#include <string>

namespace weir::detail::io {

/// Throws an InputError that says where, with what is being handled as its cause, nested.
[[noreturn]] void fail_input_nested(const std::string& where);

/// Refuses to resume: an input is not what it was when the newest snapshot was taken.
/// @throws RecoveryError  of the kind kRefused
[[noreturn]] void refuse_input(const std::string& what);

}  // namespace weir::detail::io
