# Finds a library that is headers alone and brings no config file with a target.
#
#   weir_find_header(NAME HEADER)
#
# Makes the target NAME::headers; an error that names the header if it is not there.
function(weir_find_header name header)
  string(TOUPPER ${name} variable)
  find_path(${variable}_INCLUDE_DIR ${header} REQUIRED)
  mark_as_advanced(${variable}_INCLUDE_DIR)
  if(NOT TARGET ${name}::headers)
    add_library(${name}::headers INTERFACE IMPORTED GLOBAL)
    target_include_directories(${name}::headers INTERFACE ${${variable}_INCLUDE_DIR})
  endif()
endfunction()
