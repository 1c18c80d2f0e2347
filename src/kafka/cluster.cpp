#include "weir/kafka/cluster.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include <fmt/format.h>

#include "kafka/configuration.hpp"
#include "os/environment.hpp"
#include "weir/errors.hpp"

namespace weir {
namespace {

constexpr std::string_view kVariablePrefix = "WEIR_KAFKA_PROPERTY_";

// SASL_PASSWORD is sasl.password.
std::string property_of(std::string_view variable) {
  std::string name{variable.substr(kVariablePrefix.size())};
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return c == '_' ? '.' : std::tolower(c); });
  return name;
}

}  // namespace

KafkaCluster::KafkaCluster(std::string brokers) : brokers_{std::move(brokers)} {}

KafkaCluster& KafkaCluster::set(const std::string& name, const std::string& value) & {
  detail::kafka::check_property(name, value);
  properties_[name] = value;
  return *this;
}

KafkaCluster& KafkaCluster::read_file(const std::string& path) & {
  for (auto& [name, value] : detail::kafka::read_properties(path)) {
    properties_[name] = value;
  }
  return *this;
}

KafkaCluster& KafkaCluster::read_environment() & {
  for (const auto& [variable, value] : detail::os::environment_variables(kVariablePrefix)) {
    const std::string name = property_of(variable);
    try {
      set(name, value);
    } catch (const UsageError& error) {
      throw UsageError{fmt::format("{} in the environment: {}", variable, error.what())};
    }
  }
  return *this;
}

}  // namespace weir
