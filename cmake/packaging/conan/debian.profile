# A profile for Debian with the libraries of the system, so that nothing is downloaded. The versions are those of
# Debian 12; its rapidjson is such a snapshot.
include(default)

[settings]
compiler.cppstd=20

[platform_requires]
boost/1.81.0
cereal/1.3.2
simdjson/3.0.1
spdlog/1.10.0
sqlite3/3.40.1
librdkafka/2.0.2
cli11/2.3.2
rapidjson/cci.20230929
xxhash/0.8.1
