# Gives a target what nearly all tests include, compiled once for all that are optimized to this level; not for -O3, where
# g++ 12 then takes "text" + std::string for a copy of too many bytes: https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105651.
# Whether each test includes what it needs is seen without it.
function(weir_precompile_for target level)
  set(headers tests_headers${level})
  if(NOT TARGET ${headers})
    file(CONFIGURE OUTPUT ${headers}.cpp CONTENT "" @ONLY)
    add_library(${headers} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${headers}.cpp)
    if(NOT level STREQUAL "")
      target_compile_options(${headers} PRIVATE -O${level})
    endif()
    target_link_libraries(${headers} PRIVATE weir::weir weir::warnings GTest::gmock_main SQLite::SQLite3)
    target_precompile_headers(${headers} PRIVATE <gmock/gmock.h> <gtest/gtest.h> <weir/weir.hpp>)
    set_target_properties(${headers} PROPERTIES CXX_EXTENSIONS OFF)
  endif()
  # The compiler takes what was compiled with the same definitions.
  target_compile_options(${target} PRIVATE $<TARGET_PROPERTY:GTest::gtest,INTERFACE_COMPILE_OPTIONS>)
  target_precompile_headers(${target} REUSE_FROM ${headers})
endfunction()
