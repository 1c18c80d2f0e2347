# Builds the sources that the port lies in. A port outside of them takes those of a release, by vcpkg_from_github.
cmake_path(SET SOURCE_PATH NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../../../..")

vcpkg_check_features(OUT_FEATURE_OPTIONS features FEATURES
  tools WEIR_BUILD_WORKERS)
set(kafka OFF)
if("kafka" IN_LIST FEATURES)
  set(kafka ON)
endif()

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    ${features}
    -DWEIR_KAFKA=${kafka}
    -DWEIR_BUILD_TESTS=OFF
    -DWEIR_BUILD_BENCH=OFF
    -DWEIR_COMPILE_TOGETHER=ON)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME weir CONFIG_PATH lib/cmake/weir)
vcpkg_fixup_pkgconfig()
if("tools" IN_LIST FEATURES)
  set(tools weir-recovery)
  if("kafka" IN_LIST FEATURES)
    list(APPEND tools weir-kafka-log)
  endif()
  vcpkg_copy_tools(TOOL_NAMES ${tools} AUTO_CLEAN)
endif()

file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
