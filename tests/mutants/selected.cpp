#include "mutants/selected.hpp"

#include <cstdlib>
#include <string_view>

namespace weir::mutants {

bool selected(const char* name) {
  const char* const wanted = std::getenv("WEIR_MUTANT");
  return wanted != nullptr && std::string_view{wanted} == name;
}

}  // namespace weir::mutants
