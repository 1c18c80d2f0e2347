include(CMakePackageConfigHelpers)
include(GNUInstallDirs)
set(weir_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/weir)

# Installs a library with its headers, so that another project finds it by find_package(weir).
function(weir_install target)
  install(TARGETS ${target} EXPORT weirTargets FILE_SET HEADERS)
  install(EXPORT weirTargets NAMESPACE weir:: DESTINATION ${weir_package_dir})
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/weirConfig.cmake.in
                                ${PROJECT_BINARY_DIR}/weirConfig.cmake INSTALL_DESTINATION ${weir_package_dir})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/weirConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/weirConfig.cmake ${PROJECT_BINARY_DIR}/weirConfigVersion.cmake
          DESTINATION ${weir_package_dir})
endfunction()

# Installs a library that find_package(weir COMPONENTS component) asks for, since it needs a package that others do not.
# Its targets are in a file of their own.
function(weir_install_component target component)
  install(TARGETS ${target} EXPORT weir_${component}Targets FILE_SET HEADERS)
  install(EXPORT weir_${component}Targets NAMESPACE weir:: DESTINATION ${weir_package_dir})
endfunction()
