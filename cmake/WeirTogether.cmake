# Has the sources of a target compiled `size` at a time, but for those after EXCEPT.
#
#   weir_compile_together(TARGET size [EXCEPT file...])
#
# Sources are named as the target finds them by its include directories. With UNITY_BUILD they would be named by their
# full paths, and what ccache has of them would be of no use in another folder.
function(weir_compile_together target size)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "EXCEPT")
  get_target_property(sources ${target} SOURCES)
  set(alone ${arg_EXCEPT})
  list(REMOVE_ITEM sources ${arg_EXCEPT})
  set(number 0)
  while(sources)
    list(SUBLIST sources 0 ${size} some)
    list(REMOVE_ITEM sources ${some})
    math(EXPR number "${number} + 1")
    set(text "")
    foreach(source IN LISTS some)
      string(REPLACE "${PROJECT_SOURCE_DIR}/" "" name ${source})
      string(APPEND text "#include \"${name}\"  // NOLINT(bugprone-suspicious-include)\n")
    endforeach()
    set(batch ${CMAKE_CURRENT_BINARY_DIR}/${target}_${number}.cpp)
    file(CONFIGURE OUTPUT ${batch} CONTENT "${text}" @ONLY)
    list(APPEND alone ${batch})
  endwhile()
  set_property(TARGET ${target} PROPERTY SOURCES ${alone})
endfunction()
