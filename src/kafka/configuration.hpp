#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "kafka/handles.hpp"
#include "weir/log.hpp"

namespace weir::detail::kafka {

/// Properties of librdkafka by name.
using Properties = std::map<std::string, std::string, std::less<>>;

/// Checks a property that a user gives.
/// @throws UsageError  if librdkafka does not know it or refuses its value, or weir decides it; names the property, and
///   never a value that could be a secret
void check_property(const std::string& name, const std::string& value);

/// A configuration for a client. Later properties replace earlier ones; weir's own come last.
/// @param kind  properties that only the other kind of client has are left out
/// @throws UsageError
[[nodiscard]] Conf make_configuration(rd_kafka_type_t kind, const std::string& brokers, const Properties& of_cluster,
                                      const Properties& of_step, const Properties& own);

/// Makes a client; takes the configuration.
/// @throws UsageError  with librdkafka's words, if the properties do not fit each other
[[nodiscard]] Client make_client(rd_kafka_type_t kind, Conf configuration);

/// Whether a property's value must not be shown to anybody.
[[nodiscard]] bool is_secret(std::string_view property);

/// The lines of a file of properties: `NAME = VALUE`.
/// @throws UsageError  names the file, and the line
[[nodiscard]] Properties read_properties(const std::string& path);

/// Warns of a problem that this version of librdkafka is known to have with these properties.
void warn_of_known_problem(const Properties& of_cluster, const Properties& of_step, const Log& log);

/// A property that is a whole number, as a configuration has it.
[[nodiscard]] std::uint64_t number_property(const rd_kafka_conf_t* configuration, const char* name);

}  // namespace weir::detail::kafka
