# All packages of the library. Those of tests and benchmarks are looked for where they are used.

# A program that links weir needs these too: weirConfig.cmake.in names them again.
find_package(Threads REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED)
find_package(cereal CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(SQLite3 REQUIRED)

# Headers that src/ alone includes.
find_package(CLI11 CONFIG REQUIRED)
include(WeirFindHeader)
weir_find_header(rapidjson rapidjson/reader.h)
weir_find_header(xxhash xxhash.h)
