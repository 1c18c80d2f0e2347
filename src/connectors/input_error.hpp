#pragma once

#include <string>

namespace weir::connectors {

/// Throws an InputError that says where, with what is being handled as its cause, nested.
[[noreturn]] void fail_input_nested(const std::string& where);

}  // namespace weir::connectors
