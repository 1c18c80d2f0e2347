include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# Installs a library with its headers, so that another project finds it by find_package(weir).
function(weir_install target)
  set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/weir)
  install(TARGETS ${target} EXPORT weirTargets FILE_SET HEADERS)
  install(EXPORT weirTargets NAMESPACE weir:: DESTINATION ${package_dir})
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/weirConfig.cmake.in
                                ${PROJECT_BINARY_DIR}/weirConfig.cmake INSTALL_DESTINATION ${package_dir})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/weirConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/weirConfig.cmake ${PROJECT_BINARY_DIR}/weirConfigVersion.cmake
          DESTINATION ${package_dir})
endfunction()
