# Compiles through ccache where it is there: a second build of the same sources takes seconds, in another folder too.
if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(WEIR_CCACHE ccache)
  mark_as_advanced(WEIR_CCACHE)
  if(WEIR_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_CURRENT_LIST_DIR}/ccache_launcher ${WEIR_CCACHE} ${PROJECT_SOURCE_DIR})
  endif()
endif()
