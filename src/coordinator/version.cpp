#include "weir/version.hpp"

#include <string>
#include <string_view>

#include <fmt/format.h>
#include <rapidjson/rapidjson.h>
#include <spdlog/version.h>
#include <sqlite3.h>
#include <CLI/Version.hpp>
#include <boost/version.hpp>
#include <cereal/version.hpp>

#include "json/structurals.hpp"

namespace weir {
namespace {

#ifdef __clang__
constexpr std::string_view kCompiler = "clang++ " __clang_version__;
#else
constexpr std::string_view kCompiler = "g++ " __VERSION__;
#endif

std::string facts() {
  return fmt::format(
      "built by {} with Boost {}.{}.{}, cereal {}.{}.{}, CLI11 {}, fmt {}.{}.{}, RapidJSON {}, simdjson {}, spdlog "
      "{}.{}.{}; "
      "runs with SQLite {}",
      kCompiler, BOOST_VERSION / 100'000, BOOST_VERSION / 100 % 1'000, BOOST_VERSION % 100, CEREAL_VERSION_MAJOR,
      CEREAL_VERSION_MINOR, CEREAL_VERSION_PATCH, CLI11_VERSION, FMT_VERSION / 10'000, FMT_VERSION / 100 % 100,
      FMT_VERSION % 100, RAPIDJSON_VERSION_STRING, detail::json::simdjson_version(), SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR,
      SPDLOG_VER_PATCH, sqlite3_libversion());
}

}  // namespace

const char* version() noexcept { return WEIR_VERSION; }

const char* build_facts() {
  static const std::string line = facts();
  return line.c_str();
}

}  // namespace weir
