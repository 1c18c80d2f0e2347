#include "kafka/configuration.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include "os/file.hpp"
#include "weir/errors.hpp"

namespace weir::detail::kafka {
namespace {

constexpr std::size_t kErrorBytes = 512;
constexpr std::size_t kMostFileBytes = std::size_t{1} << 20;

/// A property that users cannot set, and what they use in its place.
struct Decided {
  std::string_view name;
  std::string_view instead;
};
constexpr std::array kDecided{
    Decided{"bootstrap.servers", "the brokers are given to KafkaCluster, or by --kafka"},
    Decided{"metadata.broker.list", "the brokers are given to KafkaCluster, or by --kafka"},
    Decided{"enable.auto.commit", "positions are kept in the recovery directory; KafkaInput::group commits them too"},
    Decided{"enable.auto.offset.store", "positions are kept in the recovery directory"},
    Decided{"auto.commit.interval.ms", "positions are kept in the recovery directory"},
    Decided{"auto.offset.reset", "use KafkaInput::start"},
    Decided{"isolation.level", "weir reads committed messages"},
    Decided{"enable.partition.eof", "use KafkaInput::stop_at_end"},
    Decided{"transactional.id", "weir names the transactions of an output by its recovery directory"},
    Decided{"enable.idempotence", "outputs of weir are always idempotent"},
    Decided{"enable.gapless.guarantee", "outputs of weir are always idempotent"},
    Decided{"acks", "outputs of weir wait for all replicas in sync"},
    Decided{"request.required.acks", "outputs of weir wait for all replicas in sync"},
    Decided{"partitioner", "keys are placed as Java's clients place them"},
    Decided{"group.id", "use KafkaInput::group"},
    Decided{"group.instance.id", "weir assigns partitions itself"},
    Decided{"group.protocol", "weir assigns partitions itself"},
    Decided{"group.protocol.type", "weir assigns partitions itself"},
    Decided{"group.remote.assignor", "weir assigns partitions itself"},
    Decided{"partition.assignment.strategy", "weir assigns partitions itself"},
};

constexpr std::uint64_t kMostTransactionMilliseconds = 900'000;  // brokers refuse more unless they are told otherwise

Conf new_configuration() { return Conf{rd_kafka_conf_new()}; }

// Quotes the value where that is safe.
std::string shown(const std::string& name, const std::string& value) {
  return is_secret(name) ? std::string{"the value"} : fmt::format("\"{}\"", value);
}

std::string in_words(const std::string& name, const std::string& value, rd_kafka_conf_res_t result, const char* words) {
  if (result == RD_KAFKA_CONF_UNKNOWN) {
    return fmt::format("librdkafka {} has no property \"{}\"", rd_kafka_version_str(), name);
  }
  // Its words repeat the value.
  return is_secret(name) ? fmt::format("librdkafka refuses the value of \"{}\"", name)
                         : fmt::format("librdkafka refuses {} for \"{}\": {}", shown(name, value), name, words);
}

void set(rd_kafka_conf_t* configuration, const std::string& name, const std::string& value) {
  std::array<char, kErrorBytes> words{};
  const rd_kafka_conf_res_t result =
      rd_kafka_conf_set(configuration, name.c_str(), value.c_str(), words.data(), words.size());
  if (result != RD_KAFKA_CONF_OK) {
    throw UsageError{in_words(name, value, result, words.data())};
  }
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlank);
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// Which kind of client has a property, as librdkafka's own table says: `C`, `P`, or `*` for both. It has no function
// that tells.
std::map<std::string, char, std::less<>> read_kinds() {
  std::map<std::string, char, std::less<>> kinds;
  char* table = nullptr;
  std::size_t size = 0;
  std::FILE* const memory = open_memstream(&table, &size);
  if (memory == nullptr) {
    return kinds;
  }
  rd_kafka_conf_properties_show(memory);
  static_cast<void>(std::fclose(memory));
  for (std::string_view rest{table, size}; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t name_end = line.find(" |");
    const std::size_t kind = line.find_first_of("CP*", std::min(line.find("| "), line.size()));
    if (name_end != std::string_view::npos && kind != std::string_view::npos) {
      kinds[std::string{trimmed(line.substr(0, name_end))}] = line[kind];
    }
  }
  std::free(table);
  return kinds;
}

bool is_of_other_kind(rd_kafka_type_t kind, const std::string& property) {
  static const std::map<std::string, char, std::less<>> kinds = read_kinds();
  const auto found = kinds.find(property);
  return found != kinds.end() && found->second == (kind == RD_KAFKA_CONSUMER ? 'P' : 'C');
}

}  // namespace

bool is_secret(std::string_view property) {
  constexpr std::array<std::string_view, 6> kParts{"password", "secret", "key.pem",
                                                   "jaas",     "token",  "oauthbearer.config"};
  return std::ranges::any_of(kParts,
                             [&](std::string_view part) { return property.find(part) != std::string_view::npos; });
}

void check_property(const std::string& name, const std::string& value) {
  const auto* const decided = std::ranges::find(kDecided, std::string_view{name}, &Decided::name);
  if (decided != kDecided.end()) {
    throw UsageError{fmt::format("the property \"{}\" cannot be set: {}", name, decided->instead)};
  }
  const Conf configuration = new_configuration();
  set(configuration.get(), name, value);
  if (name == "transaction.timeout.ms" && std::stoull(value) > kMostTransactionMilliseconds) {
    throw UsageError{fmt::format("\"transaction.timeout.ms\" is {}, and brokers take at most {}", value,
                                 kMostTransactionMilliseconds)};
  }
}

Conf make_configuration(rd_kafka_type_t kind, const std::string& brokers, const Properties& of_cluster,
                        const Properties& of_step, const Properties& own) {
  if (brokers.empty()) {
    throw UsageError{"no Kafka broker is named; give HOST:PORT, or several divided by commas"};
  }
  Conf configuration = new_configuration();
  set(configuration.get(), "client.id", "weir");
  set(configuration.get(), "log_level", "4");  // warnings
  for (const Properties* const properties : {&of_cluster, &of_step, &own}) {
    for (const auto& [name, value] : *properties) {
      if (!is_of_other_kind(kind, name)) {
        set(configuration.get(), name, value);
      }
    }
  }
  set(configuration.get(), "bootstrap.servers", brokers);
  return configuration;
}

Client make_client(rd_kafka_type_t kind, Conf configuration) {
  std::array<char, kErrorBytes> words{};
  Client client{rd_kafka_new(kind, configuration.get(), words.data(), words.size())};
  if (client == nullptr) {
    throw UsageError{fmt::format("librdkafka refuses the properties: {}", words.data())};
  }
  [[maybe_unused]] const auto* const taken = configuration.release();  // the client's now
  return client;
}

Properties read_properties(const std::string& path) {
  std::string text;
  try {
    text = os::File{path, O_RDONLY | O_CLOEXEC}.read(0, kMostFileBytes);
  } catch (const std::system_error& error) {
    throw UsageError{fmt::format("{}; a file of Kafka's properties has a line NAME = VALUE for each", error.what())};
  }
  Properties properties;
  std::size_t line_number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++line_number;
    if (line.empty() || line.front() == '#') {
      continue;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      throw UsageError{fmt::format("{}:{}: is no property; write NAME = VALUE", path, line_number)};
    }
    std::string name{trimmed(line.substr(0, equals))};
    std::string value{trimmed(line.substr(equals + 1))};
    try {
      check_property(name, value);
    } catch (const UsageError& error) {
      throw UsageError{fmt::format("{}:{}: {}", path, line_number, error.what())};
    }
    properties[std::move(name)] = std::move(value);
  }
  return properties;
}

void warn_of_known_problem(const Properties& of_cluster, const Properties& of_step, const Log& log) {
  constexpr int kScramMended = 0x020601ff;
  Properties all = of_step;
  all.insert(of_cluster.begin(), of_cluster.end());
  const auto mechanism = std::ranges::find_if(
      all, [](const auto& p) { return p.first == "sasl.mechanism" || p.first == "sasl.mechanisms"; });
  if (mechanism != all.end() && mechanism->second.starts_with("SCRAM") && rd_kafka_version() < kScramMended) {
    log.warning(
        fmt::format("librdkafka {} cannot log in by {} to brokers of Kafka 3.8.1 and newer: they answer \"invalid "
                    "credentials\" to the right password; librdkafka 2.6.1 and newer can",
                    rd_kafka_version_str(), mechanism->second));
  }
}

std::uint64_t number_property(const rd_kafka_conf_t* configuration, const char* name) {
  std::array<char, 32> text{};
  std::size_t size = text.size();
  rd_kafka_conf_get(configuration, name, text.data(), &size);
  const std::string_view digits{text.data()};
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

}  // namespace weir::detail::kafka
