# Finds the headers of RapidJSON, and makes the target rapidjson::headers of them. Its own config file has no target.
find_path(RAPIDJSON_INCLUDE_DIR rapidjson/reader.h)
mark_as_advanced(RAPIDJSON_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(rapidjson REQUIRED_VARS RAPIDJSON_INCLUDE_DIR)

if(rapidjson_FOUND AND NOT TARGET rapidjson::headers)
  add_library(rapidjson::headers INTERFACE IMPORTED)
  target_include_directories(rapidjson::headers INTERFACE ${RAPIDJSON_INCLUDE_DIR})
endif()
