#pragma once

namespace weir::detail::os {

/// Gives the descriptors 0 to 2 that are closed to something that can be neither read nor written. Else the next files
/// that are opened get these numbers: output then lands in them, and they are read as input.
/// @throws std::system_error
void keep_standard_descriptors();

}  // namespace weir::detail::os
