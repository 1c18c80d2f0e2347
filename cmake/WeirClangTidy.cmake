# Runs clang-tidy on each source of a target when it is compiled, and again when .clang-tidy has changed. What it finds
# is an error.
function(weir_tidy target)
  set(config ${PROJECT_SOURCE_DIR}/.clang-tidy)
  set_target_properties(${target} PROPERTIES
    CXX_CLANG_TIDY "${WEIR_CLANG_TIDY};--quiet;--config-file=${config};--warnings-as-errors=*")
  get_target_property(sources ${target} SOURCES)
  set_property(SOURCE ${sources} APPEND PROPERTY OBJECT_DEPENDS ${config})
endfunction()
