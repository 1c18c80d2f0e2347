# Debian packages, by cpack: libweir0, libweir-kafka0, libweir-dev, weir-tools. Include it last, in a build with
# BUILD_SHARED_LIBS=ON.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME weir)
set(CPACK_PACKAGE_VENDOR weir)
set(CPACK_PACKAGE_CONTACT "the authors of weir <weir@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY "=")  # before 1.0.0, nothing promises that another build fits
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/src ${PROJECT_BINARY_DIR}/src/kafka)
set(CPACK_COMPONENTS_ALL library dev tools)
if(TARGET weir_kafka)
  list(APPEND CPACK_COMPONENTS_ALL kafka)
endif()

# weir_package(COMPONENT NAME SECTION SUMMARY DEPENDS...)
function(weir_package component name section summary)
  string(TOUPPER ${component} upper)
  list(JOIN ARGN ", " depends)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${depends}" PARENT_SCOPE)
  set(CPACK_COMPONENT_${upper}_DESCRIPTION "${summary}" PARENT_SCOPE)
endfunction()

# dpkg-shlibdeps finds what is packaged already, and not these.
set(library "libweir${PROJECT_VERSION_MAJOR} (= ${PROJECT_VERSION})")
set(kafka_library "")
if(TARGET weir_kafka)
  set(kafka_library "libweir-kafka${PROJECT_VERSION_MAJOR} (= ${PROJECT_VERSION})")
endif()
weir_package(library libweir${PROJECT_VERSION_MAJOR} libs "Stream processing runtime: the shared library")
weir_package(kafka libweir-kafka${PROJECT_VERSION_MAJOR} libs "Stream processing runtime: its connector to Kafka"
             ${library})
weir_package(tools weir-tools utils "Stream processing runtime: programs that look into recovery directories and topics"
             ${library} ${kafka_library})
weir_package(dev libweir-dev libdevel "Stream processing runtime: what programs are built with"
             ${library} ${kafka_library} "libboost1.81-dev | libboost-dev (>= 1.81)" libcereal-dev)
include(CPack)
