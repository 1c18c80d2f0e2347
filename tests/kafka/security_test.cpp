// What a user reads whose login, certificate or rights are not those that the cluster wants. All before anything is
// read or written.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "application/kafka_application.hpp"
#include "kafka/broker_fixture.hpp"
#include "kafka/changed_waits.hpp"
#include "kafka/topics.hpp"
#include "temporary_folder.hpp"
#include "weir/kafka.hpp"
#include "weir/testing.hpp"
#include "weir/testing_recovery.hpp"
#include "weir/weir.hpp"

namespace weir::tests::kafka {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

int free_port() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error{"there is no free port"};
  }
  ::close(listener);
  return ::ntohs(address.sin_port);
}

std::string at(int port) { return "127.0.0.1:" + std::to_string(port); }

/// An authority of its own, a certificate of it for the broker, and another authority, by OpenSSL's program.
class Certificates {
 public:
  Certificates() {
    const std::string here = "cd '" + folder_.path("") + "' && ";
    std::ofstream{folder_.path("names")} << "subjectAltName=IP:127.0.0.1\n";
    const std::string authority = "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -keyout ";
    made_ = std::system((here + "{ " + authority + "ca.key -out ca.pem -subj /CN=authority && " + authority +
                         "other.key -out other.pem -subj /CN=other && openssl req -newkey rsa:2048 -nodes -keyout "
                         "broker.key -out broker.csr -subj /CN=broker && openssl x509 -req -in broker.csr -CA ca.pem "
                         "-CAkey ca.key -CAcreateserial -days 30 -extfile names -out broker.crt && "
                         "cat broker.key broker.crt > broker.pem; } > log 2>&1")
                            .c_str()) == 0;
  }

  [[nodiscard]] bool made() const { return made_; }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_.path(name); }

 private:
  TemporaryFolder folder_;
  bool made_ = false;
};

/// Lets a user do something.
void allow(const std::string& user, rd_kafka_ResourceType_t type, const std::string& name,
           rd_kafka_AclOperation_t operation) {
  rd_kafka_conf_t* const configuration = rd_kafka_conf_new();
  rd_kafka_conf_set(configuration, "bootstrap.servers", Broker::instance().bootstrap().c_str(), nullptr, 0);
  rd_kafka_t* const client = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, nullptr, 0);
  rd_kafka_queue_t* const queue = rd_kafka_queue_new(client);
  std::array<char, 512> words{};
  rd_kafka_AclBinding_t* binding =
      rd_kafka_AclBinding_new(type, name.c_str(), RD_KAFKA_RESOURCE_PATTERN_PREFIXED, ("User:" + user).c_str(), "*",
                              operation, RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, words.data(), words.size());
  ASSERT_NE(binding, nullptr) << words.data();
  rd_kafka_CreateAcls(client, &binding, 1, nullptr, queue);
  rd_kafka_event_t* const event = rd_kafka_queue_poll(queue, 60'000);
  std::size_t count = 0;
  const auto* const results = rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event), &count);
  ASSERT_EQ(count, 1U);
  EXPECT_EQ(rd_kafka_acl_result_error(results[0]), nullptr);
  rd_kafka_event_destroy(event);
  rd_kafka_AclBinding_destroy(binding);
  rd_kafka_queue_destroy(queue);
  rd_kafka_destroy(client);
}

/// A broker that takes logins by name and password, connections by TLS, and gives rights by name. Who connects to its
/// first port may do all.
class SecureCluster : public GivenABroker {
 protected:
  static void SetUpTestSuite() {
    certificates_ = std::make_unique<Certificates>();
    if (!certificates_->made()) {
      return;
    }
    const int open = free_port();
    const int controller = free_port();
    login_port_ = free_port();
    tls_port_ = free_port();
    const std::string listeners = "CLIENT://" + at(open) + ",LOGIN://" + at(login_port_) + ",TLS://" + at(tls_port_);
    const std::string user = "org.apache.kafka.common.security.plain.PlainLoginModule required ";
    std::vector<std::string> options{"--port", std::to_string(open)};
    for (const std::string& property :
         {"listeners=" + listeners + ",CONTROLLER://" + at(controller), "advertised.listeners=" + listeners,
          "controller.quorum.voters=1@" + at(controller),
          std::string{"listener.security.protocol.map=CLIENT:PLAINTEXT,LOGIN:SASL_PLAINTEXT,TLS:SSL,"
                      "CONTROLLER:PLAINTEXT"},
          std::string{"listener.name.login.sasl.enabled.mechanisms=PLAIN"},
          "listener.name.login.plain.sasl.jaas.config=" + user +
              R"(user_ann="right" user_bob="right" user_eve="right" user_joe="right" )" +
              R"(user_kim="right" user_max="right";)",
          std::string{"listener.name.tls.ssl.keystore.type=PEM"},
          "listener.name.tls.ssl.keystore.location=" + certificates_->path("broker.pem"),
          std::string{"authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer"},
          std::string{"super.users=User:ANONYMOUS;User:ann"}}) {
      options.insert(options.end(), {"--set", property});
    }
    broker_ = std::make_unique<Broker>(std::move(options));
  }
  static void TearDownTestSuite() {
    broker_.reset();
    certificates_.reset();
  }

  void SetUp() override {
    if (!certificates_->made()) {
      GTEST_SKIP() << "openssl makes no certificates";
    }
    GivenABroker::SetUp();
  }

  static KafkaCluster login(const std::string& user, const std::string& password = "right",
                            const std::string& mechanism = "PLAIN") {
    return KafkaCluster{at(login_port_)}
        .set("security.protocol", "sasl_plaintext")
        .set("sasl.mechanism", mechanism)
        .set("sasl.username", user)
        .set("sasl.password", password);
  }

  static KafkaCluster tls() { return KafkaCluster{at(tls_port_)}.set("security.protocol", "ssl"); }

  /// What is read from a topic, or the error.
  static std::vector<std::string> read(const KafkaCluster& cluster, const std::string& topic) {
    try {
      Dataflow flow{"tested"};
      ::weir::testing::Collected<std::string> items;
      flow.input(
          "input",
          KafkaInput{cluster, {topic}, [](const KafkaRecord& record) { return std::string{record.value.value_or("")}; }}
              .stop_at_end()) |
          op::output("out", items);
      ::weir::run(flow);
      return items.items();
    } catch (const std::exception& error) {
      return {whole(error)};
    }
  }

  /// The error of a run that writes one record; empty if there is none.
  static std::string written(const KafkaCluster& cluster, const std::string& topic, const std::string& recovery = {}) {
    try {
      Dataflow flow{"tested"};
      flow.input("input", ::weir::testing::detail::Paced<int>{{std::vector{1}}, 1}) |
          op::output("out", KafkaOutput{cluster, topic, kafka_value(JsonAsIs<int>{})});
      RunOptions options;
      options.workers = 1;
      options.recovery = recovery;
      ::weir::run(flow, options);
      return {};
    } catch (const std::exception& error) {
      return whole(error);
    }
  }

  static std::string whole(const std::exception& error) {
    std::string text = error.what();
    try {
      std::rethrow_if_nested(error);
    } catch (const std::exception& cause) {
      text += ": " + whole(cause);
    }
    return text;
  }

  static inline std::unique_ptr<Certificates> certificates_;
  static inline std::unique_ptr<Broker> broker_;
  static inline int login_port_ = 0;
  static inline int tls_port_ = 0;
};

TEST_F(SecureCluster, WhenThePasswordIsWrongThenTheStartIsRefusedWithTheBrokersWords) {
  const std::string topic = create_topic();
  const auto says =
      AllOf(HasSubstr(at(login_port_)), HasSubstr("Invalid username or password"), Not(HasSubstr("wr0ng")));
  EXPECT_THAT(read(login("ann", "wr0ng"), topic), ElementsAre(says));
  EXPECT_THAT(written(login("ann", "wr0ng"), topic), AllOf(says, HasSubstr(topic)));
  EXPECT_THAT(read_all(topic), IsEmpty());
}

TEST_F(SecureCluster, WhenTheMechanismIsWrongThenTheStartIsRefusedWithThoseOfTheBroker) {
  const std::string topic = create_topic();
  const auto says = HasSubstr("Unsupported SASL mechanism: broker's supported mechanisms: PLAIN");
  EXPECT_THAT(read(login("ann", "right", "SCRAM-SHA-256"), topic), ElementsAre(says));
  EXPECT_THAT(written(login("ann", "right", "SCRAM-SHA-256"), topic), says);
}

TEST_F(SecureCluster, WhenTheLoginOrTheEncryptionIsLeftOutThenTheStartNamesTheProperty) {
  const ChangedWaits waits{[](auto& of) { of.first_answer = std::chrono::milliseconds{1'500}; }};
  const std::string topic = create_topic();
  EXPECT_THAT(read(KafkaCluster{at(tls_port_)}, topic), ElementsAre(HasSubstr("security.protocol")));
  EXPECT_THAT(written(KafkaCluster{at(login_port_)}, topic), HasSubstr("security.protocol"));
}

TEST_F(SecureCluster, WhenTheAuthorityOfTheCertificateIsKnownThenRecordsGoBothWays) {
  const std::string topic = create_topic();
  const KafkaCluster cluster = tls().set("ssl.ca.location", certificates_->path("ca.pem"));
  EXPECT_EQ(written(cluster, topic), "");
  EXPECT_THAT(read(cluster, topic), ElementsAre("1"));
}

TEST_F(SecureCluster, WhenTheAuthorityOfTheCertificateIsNotKnownThenTheStartIsRefusedAndNamesTheProperty) {
  const std::string topic = create_topic();
  const auto says = AllOf(HasSubstr("broker certificate could not be verified"), HasSubstr("ssl.ca.location"));
  EXPECT_THAT(read(tls(), topic), ElementsAre(says));
  const KafkaCluster cluster = tls().set("ssl.ca.location", certificates_->path("other.pem"));
  EXPECT_THAT(written(cluster, topic), AllOf(says, Not(HasSubstr("no answer in"))));
  EXPECT_THAT(read_all(topic), IsEmpty());
}

TEST_F(SecureCluster, WhenATopicMayNotBeReadThenTheRunIsRefusedByName) {
  const std::string topic = create_topic();
  produce(topic, 0, "k", "v");
  const auto says = AllOf(HasSubstr(topic), HasSubstr("Topic authorization failed"));
  EXPECT_THAT(read(login("bob"), topic), ElementsAre(says));
  allow("bob", RD_KAFKA_RESOURCE_TOPIC, topic, RD_KAFKA_ACL_OPERATION_DESCRIBE);
  EXPECT_THAT(read(login("bob"), topic), ElementsAre(AllOf(says, HasSubstr(topic + "/0 offset 0"))));
  allow("bob", RD_KAFKA_RESOURCE_TOPIC, topic, RD_KAFKA_ACL_OPERATION_READ);
  EXPECT_THAT(read(login("bob"), topic), ElementsAre("v"));
}

TEST_F(SecureCluster, WhenTheGroupOfTheStartMayNotBeReadThenTheRunIsRefusedByName) {
  const ChangedWaits waits{[](auto& of) { of.first_answer = std::chrono::milliseconds{2'000}; }};
  const std::string topic = create_topic();
  allow("joe", RD_KAFKA_RESOURCE_TOPIC, topic, RD_KAFKA_ACL_OPERATION_READ);
  const auto input = KafkaInput{login("joe"), {topic}, [](const KafkaRecord& /*record*/) { return 1; }}.start(
      KafkaStart::committed("tools", KafkaStart::latest()));
  Dataflow flow{"tested"};
  ::weir::testing::Collected<int> items;
  flow.input("input", input) | op::output("out", items);
  try {
    ::weir::run(flow);
    FAIL() << "it runs";
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("\"tools\""), HasSubstr("Group authorization failed")));
  }
}

TEST_F(SecureCluster, WhenATopicMayNotBeWrittenThenTheRunFailsWithTheBrokersWords) {
  const std::string topic = create_topic();
  const auto says = AllOf(HasSubstr(topic), HasSubstr("TOPIC_AUTHORIZATION_FAILED"));
  EXPECT_THAT(written(login("eve"), topic), says);
  allow("eve", RD_KAFKA_RESOURCE_TOPIC, topic, RD_KAFKA_ACL_OPERATION_DESCRIBE);
  EXPECT_THAT(written(login("eve"), topic), AllOf(HasSubstr(topic), HasSubstr("CLUSTER_AUTHORIZATION_FAILED")))
      << "who may write nowhere may not be a producer";
  allow("eve", RD_KAFKA_RESOURCE_TOPIC, "other", RD_KAFKA_ACL_OPERATION_WRITE);
  EXPECT_THAT(written(login("eve"), topic), says);
  allow("eve", RD_KAFKA_RESOURCE_TOPIC, topic, RD_KAFKA_ACL_OPERATION_WRITE);
  EXPECT_EQ(written(login("eve"), topic), "");
}

TEST_F(SecureCluster, WhenTransactionsMayNotBeMadeThenTheRunFailsWithTheNameOfTheRight) {
  const TemporaryFolder folder;
  const std::string topic = create_topic();
  allow("kim", RD_KAFKA_RESOURCE_TOPIC, topic, RD_KAFKA_ACL_OPERATION_WRITE);
  EXPECT_THAT(written(login("kim"), topic, folder.path("1")),
              AllOf(HasSubstr("GROUP_AUTHORIZATION_FAILED"), HasSubstr("\"weir.tested.out.")));
  allow("kim", RD_KAFKA_RESOURCE_GROUP, "weir.", RD_KAFKA_ACL_OPERATION_READ);
  EXPECT_THAT(written(login("kim"), topic, folder.path("1")), HasSubstr("TRANSACTIONAL_ID_AUTHORIZATION_FAILED"));
  EXPECT_THAT(read_all(topic), IsEmpty());
  EXPECT_EQ(written(login("ann"), topic, folder.path("1")), "");
  EXPECT_EQ(read_all(topic).size(), 1U);
}

TEST_F(SecureCluster, WhenAnApplicationLacksARightThenTheRunFailsWithTheName) {
  const std::string topic = create_topic();
  produce(topic, 0, "k", "v");
  const std::string id = unique_name("secured");
  const auto failure = [&] {
    Dataflow flow{"tested"};
    flow.input("input", KafkaInput{login("max"),
                                   {topic},
                                   [](const KafkaRecord& record) {
                                     return std::pair{std::string{record.key.value_or("")}, 1};
                                   }}) |
        op::output("out", KafkaOutput{login("max"), topic, KafkaText{}});
    RunOptions options;
    options.application = detail::application::make_application(login("max"), id, "");
    try {
      ::weir::run(flow, options);
      return std::string{};
    } catch (const std::exception& error) {
      return whole(error);
    }
  };
  EXPECT_THAT(failure(), AllOf(HasSubstr(topic), HasSubstr("Topic authorization failed")));
  allow("max", RD_KAFKA_RESOURCE_TOPIC, topic, RD_KAFKA_ACL_OPERATION_READ);
  EXPECT_THAT(failure(),
              AllOf(HasSubstr(id + "-shards"), HasSubstr("Authorization failed"), HasSubstr("--kafka-topics make")));

  for (const char* const name : {"-shards", "-state"}) {  // as somebody with more rights makes them
    login("ann").make_topic(id + name, 1, {{"cleanup.policy", "compact"}});
  }
  allow("max", RD_KAFKA_RESOURCE_TOPIC, id, RD_KAFKA_ACL_OPERATION_READ);
  EXPECT_THAT(failure(), AllOf(HasSubstr(id), HasSubstr("Group authorization failed")));
  allow("max", RD_KAFKA_RESOURCE_GROUP, id, RD_KAFKA_ACL_OPERATION_READ);
  EXPECT_THAT(failure(), HasSubstr("TRANSACTIONAL_ID_AUTHORIZATION_FAILED"));
}

}  // namespace
}  // namespace weir::tests::kafka
