# Compiles files into a target, for code that reads them at run time where no file is.
#
#   weir_embed(TARGET NAMESPACE file...)
#
# For each file there is `extern const std::string_view NAME` in the namespace: its bytes. NAME is the file's name, with
# `_` in place of `.` and `-`: that of page/page.html is `page_html`. Whoever uses it declares it.
#
# The same file is the script that writes the bytes when a file has changed:
#
#   cmake -DNAMESPACE=... -DOUTPUT=... -DFILES=a;b -P WeirEmbed.cmake
function(weir_embed target namespace)
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE files)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${target}_embedded.cpp)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DNAMESPACE=${namespace} -DOUTPUT=${output} "-DFILES=${files}"
            -P ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
    DEPENDS ${files} ${CMAKE_CURRENT_FUNCTION_LIST_FILE}
    COMMENT "Embedding files in ${target}" VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()

if(NOT CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  return()
endif()

set(text "// Written by WeirEmbed.cmake.\n#include <string_view>\n\nnamespace ${NAMESPACE} {\n")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  string(REGEX REPLACE "[.-]" "_" name ${name})
  file(READ ${file} bytes HEX)
  string(LENGTH "${bytes}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(................................)" "\\1\"\n    \"" bytes "${bytes}")  # 16 bytes a line
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${bytes}")
  string(APPEND text "\nextern const std::string_view ${name};\nconst std::string_view ${name}{\n    \"${bytes}\",\n    ${size}};\n")
endforeach()
string(APPEND text "\n}  // namespace ${NAMESPACE}\n")
file(WRITE ${OUTPUT} "${text}")
