# Gives an interface target the warnings that all code of the project is clean of.
function(weir_set_warnings target)
  target_compile_options(${target} INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
  if(WEIR_WARNINGS_AS_ERRORS)
    target_compile_options(${target} INTERFACE -Werror)
  endif()
  # GCC 12 takes "text" + std::string for an overlapping copy: https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105651
  # And what an empty optional or variant holds for uninitialised: https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105562
  set(false_alarm $<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>)
  target_compile_options(${target} INTERFACE $<${false_alarm}:-Wno-restrict$<SEMICOLON>-Wno-maybe-uninitialized>)
  # clang takes what libstdc++ 12 does in std::stable_sort for a use of something deprecated by the program.
  target_compile_options(${target} INTERFACE $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
endfunction()
