#pragma once

namespace weir::mutants {

/// Whether this mutant is the one that the environment variable WEIR_MUTANT names.
bool selected(const char* name);

}  // namespace weir::mutants
