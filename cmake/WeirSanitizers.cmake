include(CheckLinkerFlag)

# Gives an interface target what code needs to run under `sanitizers`, a list as -fsanitize= takes it; nothing if empty.
function(weir_set_sanitizers target sanitizers)
  if(NOT sanitizers)
    return()
  endif()
  set(flags -fsanitize=${sanitizers} -fno-sanitize-recover=all)
  # clang takes up to four times as long for -O1.
  target_compile_options(${target} INTERFACE ${flags} -O0 -gline-tables-only -fno-omit-frame-pointer)
  target_link_options(${target} INTERFACE ${flags})
  # Code with sanitizers is large: another linker takes three times as long.
  check_linker_flag(CXX -fuse-ld=lld WEIR_HAS_LLD)
  if(WEIR_HAS_LLD)
    target_link_options(${target} INTERFACE -fuse-ld=lld)
  endif()
endfunction()
