# Compiles files into a target, for code that reads them at run time where no file is.
#
#   weir_embed(TARGET NAMESPACE file...)
#
# For each file there is a constant in the namespace, `extern const std::string_view`: its bytes. That of page/page.html
# is `kPageHtml`. The code that uses it declares it.
#
# This file is also the script that writes the bytes when one has changed:
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
  # By itself, so that clang-tidy does not look for it: it is there after a build alone.
  add_library(${target}_embedded OBJECT ${output})
  target_compile_features(${target}_embedded PRIVATE cxx_std_20)
  set_target_properties(${target}_embedded PROPERTIES CXX_EXTENSIONS OFF EXPORT_COMPILE_COMMANDS OFF
                                                       POSITION_INDEPENDENT_CODE "${BUILD_SHARED_LIBS}")
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_embedded>)
endfunction()

if(NOT CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  return()
endif()

# page.html: kPageHtml
function(name_constant file result)
  get_filename_component(name ${file} NAME)
  string(REGEX MATCHALL "[A-Za-z0-9]+" words ${name})
  set(constant k)
  foreach(word IN LISTS words)
    string(SUBSTRING ${word} 0 1 first)
    string(SUBSTRING ${word} 1 -1 rest)
    string(TOUPPER ${first} first)
    string(APPEND constant ${first}${rest})
  endforeach()
  set(${result} ${constant} PARENT_SCOPE)
endfunction()

set(text "// Written by WeirEmbed.cmake.\n#include <string_view>\n\nnamespace ${NAMESPACE} {\n")
foreach(file IN LISTS FILES)
  name_constant(${file} name)
  file(READ ${file} bytes HEX)
  string(LENGTH "${bytes}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(................................)" "\\1\"\n    \"" bytes "${bytes}")  # 16 bytes a line
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${bytes}")
  string(APPEND text "\nextern const std::string_view ${name};\n"
                     "const std::string_view ${name}{\n    \"${bytes}\",\n    ${size}};\n")
endforeach()
string(APPEND text "\n}  // namespace ${NAMESPACE}\n")
file(WRITE ${OUTPUT} "${text}")
