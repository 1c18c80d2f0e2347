# The parts of an installation, which are packages of their own: the shared libraries, what those need who link weir, and
# the programs. Without packages all are installed.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)
set(weir_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/weir)

# weir_install_library(TARGET EXPORT COMPONENT): a library with its headers.
function(weir_install_library target export component)
  install(TARGETS ${target} EXPORT ${export}
    LIBRARY COMPONENT ${component} NAMELINK_COMPONENT dev
    RUNTIME COMPONENT ${component}
    ARCHIVE COMPONENT dev
    FILE_SET HEADERS COMPONENT dev)
  install(EXPORT ${export} NAMESPACE weir:: DESTINATION ${weir_package_dir} COMPONENT dev)
endfunction()

# weir_install_pkg_config(NAME MODULE...): for those who do not build with CMake. A static library needs the modules too.
function(weir_install_pkg_config name)
  set(requires "")
  if(NOT BUILD_SHARED_LIBS)
    list(JOIN ARGN " " requires)
  endif()
  file(RELATIVE_PATH to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/packaging/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
endfunction()

# Installs the library, so that another project finds it by find_package(weir).
function(weir_install target)
  weir_install_library(${target} weirTargets library)
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/weirConfig.cmake.in
                                ${PROJECT_BINARY_DIR}/weirConfig.cmake INSTALL_DESTINATION ${weir_package_dir})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/weirConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/weirConfig.cmake ${PROJECT_BINARY_DIR}/weirConfigVersion.cmake
          DESTINATION ${weir_package_dir} COMPONENT dev)
  weir_install_pkg_config(weir simdjson spdlog sqlite3)
endfunction()

# Installs a library that find_package(weir COMPONENTS component) asks for, since it needs a package that others do not.
# Its targets are in a file of their own. The modules are those of pkg-config.
#
#   weir_install_component(TARGET COMPONENT MODULE...)
function(weir_install_component target component)
  weir_install_library(${target} weir_${component}Targets ${component})
  weir_install_pkg_config(weir-${component} ${ARGN})
endfunction()

# weir_install_tool(TARGET SUMMARY): a program with its completion for bash, and its page for man where help2man is.
function(weir_install_tool tool summary)
  install(TARGETS ${tool} RUNTIME COMPONENT tools)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/packaging/completion.in ${CMAKE_CURRENT_BINARY_DIR}/${tool}.completion @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${tool}.completion RENAME ${tool}
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT tools)
  find_program(WEIR_HELP2MAN help2man)
  mark_as_advanced(WEIR_HELP2MAN)
  if(WEIR_HELP2MAN)
    set(page ${CMAKE_CURRENT_BINARY_DIR}/${tool}.1)
    add_custom_command(OUTPUT ${page}
      COMMAND ${WEIR_HELP2MAN} --no-info --name=${summary} --version-string=${PROJECT_VERSION} --output=${page}
              --help-option=--help $<TARGET_FILE:${tool}>
      DEPENDS ${tool} COMMENT "Writing the manual page of ${tool}" VERBATIM)
    add_custom_target(${tool}_page ALL DEPENDS ${page})
    install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT tools)
  endif()
endfunction()
