# Runs clang-tidy on each source of a target when it is compiled, and again when .clang-tidy has changed. What it finds
# is an error.
function(weir_tidy target)
  set(config ${PROJECT_SOURCE_DIR}/.clang-tidy)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${config})
  file(SHA256 ${config} state)  # in the command, which runs again when it is another one
  set_target_properties(${target} PROPERTIES CXX_CLANG_TIDY
    "${WEIR_CLANG_TIDY};--quiet;--config-file=${config};--extra-arg=-DWEIR_TIDY_CONFIG=${state};--warnings-as-errors=*")
endfunction()
