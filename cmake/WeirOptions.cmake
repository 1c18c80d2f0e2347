# What can be chosen when the project is configured.
option(WEIR_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(WEIR_BUILD_WORKERS "Build the programs under workers/" ${PROJECT_IS_TOP_LEVEL})
option(WEIR_BUILD_BENCH "Build the programs under bench/" ${PROJECT_IS_TOP_LEVEL})
option(WEIR_BUILD_FUZZERS "Build the fuzzers under tests/fuzz/; needs clang" OFF)
option(WEIR_BUILD_MUTANTS "Build weir with bugs in it too, which the tests must find" OFF)
option(WEIR_FEWER_TESTS "Leave out of each build the tests that find no more in it than in another" OFF)
option(WEIR_PRECOMPILE_TESTS "Precompile what the tests include" OFF)
option(WEIR_COMPILE_TESTS_TOGETHER "Compile unit tests eight at a time: quicker for all of them, slower for one" OFF)
option(WEIR_COMPILE_TOGETHER "Compile the sources of the library 36 at a time, which parses headers less often" OFF)
option(WEIR_WARNINGS_AS_ERRORS "Let no warning pass: for those who change weir, with the compilers that it is tested with" OFF)
option(WEIR_OPTIMIZE_BENCH "Optimize the programs under bench/ as the build type says; OFF where they are only tried" ON)
option(BUILD_SHARED_LIBS "Build shared libraries in place of static ones" OFF)
option(WEIR_INSTALL "Have an install rule" ${PROJECT_IS_TOP_LEVEL})

set(WEIR_ALLOCATOR glibc CACHE STRING "What the programs under workers/ and bench/ allocate with")
set_property(CACHE WEIR_ALLOCATOR PROPERTY STRINGS glibc mimalloc tcmalloc)

set(WEIR_KAFKA AUTO CACHE STRING "Build the connector to Kafka: if librdkafka is there, in any case, or never")
set_property(CACHE WEIR_KAFKA PROPERTY STRINGS AUTO ON OFF)

set(WEIR_SANITIZE "" CACHE STRING "Sanitizers for weir and all that links it, as -fsanitize= takes them")
set_property(CACHE WEIR_SANITIZE PROPERTY STRINGS "" address,undefined thread)
