# Makes a library static, or shared where BUILD_SHARED_LIBS is ON. A shared one exports what lies in the namespace weir and
# nothing of the libraries that it is made with.
#
#   weir_set_library_kind(TARGET)
function(weir_set_library_kind target)
  set_target_properties(${target} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
  if(NOT BUILD_SHARED_LIBS)
    return()
  endif()
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  set(script ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/exported.map)
  if(NOT APPLE)
    target_link_options(${target} PRIVATE LINKER:--version-script=${script})
    set_target_properties(${target} PROPERTIES LINK_DEPENDS ${script})
  endif()
endfunction()
