# All packages of the library. Those of tests and benchmarks are looked for where they are used.

# A program that links weir needs these too: weirConfig.cmake.in names them again.
find_package(Threads REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED)
find_package(cereal CONFIG REQUIRED)
find_package(simdjson CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(SQLite3 REQUIRED)

# Headers that src/ alone includes.
find_package(CLI11 CONFIG REQUIRED)
include(WeirFindHeader)
weir_find_header(rapidjson rapidjson/reader.h)
weir_find_header(xxhash xxhash.h)

# What the connector to Kafka needs: weirConfig.cmake.in names it again.
set(WEIR_HAS_KAFKA OFF)
if(NOT WEIR_KAFKA STREQUAL "OFF")
  set(required "")
  if(WEIR_KAFKA STREQUAL "ON")
    set(required REQUIRED)
  endif()
  find_package(RdKafka 2.0.2 ${required})
  set(WEIR_HAS_KAFKA ${RdKafka_FOUND})
endif()
