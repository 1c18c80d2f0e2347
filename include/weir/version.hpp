#pragma once

namespace weir {

/// The version of the library that the program runs with, such as `0.2.0`. It follows https://semver.org: before 1.0.0,
/// programs are to be compiled anew for each second number.
[[nodiscard]] const char* version() noexcept;

/// What the library was built with, in a line: its compiler, and the versions of the libraries in it.
[[nodiscard]] const char* build_facts();

}  // namespace weir
