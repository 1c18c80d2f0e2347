# Finds the header of xxHash, and makes the target xxhash::header of it. Many distributions ship no config file.
find_path(XXHASH_INCLUDE_DIR xxhash.h)
mark_as_advanced(XXHASH_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(xxhash REQUIRED_VARS XXHASH_INCLUDE_DIR)

if(xxhash_FOUND AND NOT TARGET xxhash::header)
  add_library(xxhash::header INTERFACE IMPORTED)
  target_include_directories(xxhash::header INTERFACE ${XXHASH_INCLUDE_DIR})
endif()
