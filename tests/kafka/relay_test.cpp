#include "kafka/relay.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "kafka/broker_fixture.hpp"
#include "kafka/topics.hpp"

namespace weir::tests::kafka {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::chrono::seconds kPatience{30};
constexpr std::size_t kRequestHeader = 8;
constexpr std::size_t kAnswerHeader = 4;

std::string big_endian(std::uint64_t number, std::size_t bytes) {
  std::string text;
  for (std::size_t i = bytes; i-- > 0;) {
    text += static_cast<char>(number >> (8 * i));
  }
  return text;
}

std::size_t length_of(const std::array<unsigned char, 4>& bytes) {
  return static_cast<std::size_t>(bytes[0]) << 24 | static_cast<std::size_t>(bytes[1]) << 16 |
         static_cast<std::size_t>(bytes[2]) << 8 | bytes[3];
}

// Answers each request with its correlation id and its text, and remembers the texts.
class EchoBroker {
 public:
  EchoBroker() : acceptor_{context_, {asio::ip::make_address("127.0.0.1"), 0}} {
    port_ = acceptor_.local_endpoint().port();
    asio::co_spawn(context_, accept(), [](std::exception_ptr) {});
    thread_ = std::jthread{[this] { context_.run(); }};
  }
  EchoBroker(const EchoBroker&) = delete;
  EchoBroker& operator=(const EchoBroker&) = delete;
  ~EchoBroker() { context_.stop(); }

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  /// The texts of all requests so far, in their order.
  std::vector<std::string> seen() {
    std::promise<std::vector<std::string>> texts;
    asio::post(context_, [&] { texts.set_value(seen_); });
    return texts.get_future().get();
  }

 private:
  asio::awaitable<void> accept() {
    while (true) {
      asio::co_spawn(context_, echo(co_await acceptor_.async_accept(asio::use_awaitable)), [](std::exception_ptr) {});
    }
  }

  asio::awaitable<void> echo(tcp::socket client) {
    while (true) {
      std::array<unsigned char, 4> length{};
      co_await asio::async_read(client, asio::buffer(length), asio::use_awaitable);
      std::string request(length_of(length), '\0');
      co_await asio::async_read(client, asio::buffer(request), asio::use_awaitable);
      seen_.push_back(request.substr(kRequestHeader));
      const std::string answer = request.substr(kRequestHeader - kAnswerHeader);
      const std::string frame = big_endian(answer.size(), 4) + answer;
      co_await asio::async_write(client, asio::buffer(frame), asio::use_awaitable);
    }
  }

  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::vector<std::string> seen_;
  std::jthread thread_;
};

class Client {
 public:
  explicit Client(const std::string& address) {
    const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    socket_.connect({asio::ip::make_address("127.0.0.1"), port}, error_);
  }

  [[nodiscard]] bool is_refused() const { return error_ == asio::error::connection_refused; }

  void send(ApiKey kind, const std::string& text) {
    const std::string request =
        big_endian(static_cast<std::uint16_t>(kind), 2) + big_endian(0, 2) + big_endian(++correlation_, 4) + text;
    asio::write(socket_, asio::buffer(big_endian(request.size(), 4) + request), error_);
  }

  /// The text of the next answer; none if the relay closes instead.
  std::optional<std::string> receive() {
    std::array<unsigned char, 4> length{};
    if (!read(asio::buffer(length))) {
      return std::nullopt;
    }
    std::string answer(length_of(length), '\0');
    return read(asio::buffer(answer)) ? std::optional{answer.substr(kAnswerHeader)} : std::nullopt;
  }

  std::optional<std::string> ask(ApiKey kind, const std::string& text) {
    send(kind, text);
    return receive();
  }

 private:
  bool read(asio::mutable_buffer into) {
    std::optional<boost::system::error_code> done;
    asio::async_read(socket_, into, [&](boost::system::error_code error, std::size_t) { done = error; });
    context_.restart();
    context_.run_for(kPatience);
    EXPECT_TRUE(done) << "neither an answer nor an end";
    if (!done) {
      socket_.close();
      context_.run();
    }
    return !*done;
  }

  asio::io_context context_;
  tcp::socket socket_{context_};
  boost::system::error_code error_;
  std::uint32_t correlation_ = 0;
};

class RelayGivenAnEchoBroker : public ::testing::Test {
 protected:
  EchoBroker broker_;
  Relay relay_{"127.0.0.1:0", broker_.address()};
  Client client_{relay_.address()};
};

TEST_F(RelayGivenAnEchoBroker, WhenNoFaultIsAskedForThenAllPassesAndIsCounted) {
  EXPECT_EQ(client_.ask(ApiKey::kProduce, "a"), "a");
  EXPECT_EQ(client_.ask(ApiKey::kProduce, std::string(200'000, 'b')), std::string(200'000, 'b'));
  EXPECT_EQ(client_.ask(ApiKey::kEndTxn, "c"), "c");
  EXPECT_EQ(relay_.requests(ApiKey::kProduce), 2U);
  EXPECT_EQ(relay_.answers(ApiKey::kProduce), 2U);
  EXPECT_EQ(relay_.requests(ApiKey::kEndTxn), 1U);
  EXPECT_EQ(relay_.requests(ApiKey::kFetch), 0U);
}

TEST_F(RelayGivenAnEchoBroker, WhenTheSecondRequestIsDroppedThenTheBrokerNeverSeesIt) {
  relay_.drop_request(ApiKey::kEndTxn, 2);
  EXPECT_EQ(client_.ask(ApiKey::kEndTxn, "1"), "1");
  EXPECT_EQ(client_.ask(ApiKey::kProduce, "of another kind"), "of another kind");
  EXPECT_EQ(client_.ask(ApiKey::kEndTxn, "2"), std::nullopt);
  EXPECT_TRUE(relay_.wait_for_faults(1));
  EXPECT_EQ(Client{relay_.address()}.ask(ApiKey::kEndTxn, "3"), "3");
  EXPECT_THAT(broker_.seen(), ElementsAre("1", "of another kind", "3"));
  EXPECT_EQ(relay_.requests(ApiKey::kEndTxn), 2U);
}

TEST_F(RelayGivenAnEchoBroker, WhenTwoFaultsOfTheNextRequestAreAskedForThenTheNextTwoAreHit) {
  relay_.drop_request(ApiKey::kEndTxn);
  relay_.drop_answer(ApiKey::kEndTxn);
  EXPECT_EQ(client_.ask(ApiKey::kEndTxn, "1"), std::nullopt);
  EXPECT_EQ(Client{relay_.address()}.ask(ApiKey::kEndTxn, "2"), std::nullopt);
  EXPECT_EQ(Client{relay_.address()}.ask(ApiKey::kEndTxn, "3"), "3");
  EXPECT_THAT(broker_.seen(), ElementsAre("2", "3"));
}

TEST_F(RelayGivenAnEchoBroker, WhenAnAnswerIsDroppedThenTheBrokerHasSeenTheRequest) {
  relay_.drop_answer(ApiKey::kProduce);
  client_.send(ApiKey::kFetch, "before");
  client_.send(ApiKey::kProduce, "lost");
  EXPECT_EQ(client_.receive(), "before");
  EXPECT_EQ(client_.receive(), std::nullopt);
  EXPECT_THAT(broker_.seen(), ElementsAre("before", "lost"));
  EXPECT_EQ(relay_.requests(ApiKey::kProduce), 1U);
  EXPECT_EQ(relay_.answers(ApiKey::kProduce), 0U);
}

TEST_F(RelayGivenAnEchoBroker, WhenARequestIsLateThenItArrivesAfterTheNextOnes) {
  relay_.make_late(ApiKey::kEndTxn);
  EXPECT_EQ(client_.ask(ApiKey::kEndTxn, "late"), std::nullopt);
  EXPECT_EQ(Client{relay_.address()}.ask(ApiKey::kEndTxn, "again"), "again");
  EXPECT_THAT(relay_.late_answers(), IsEmpty());
  relay_.release();
  EXPECT_TRUE(relay_.wait_for_late_answers(1));
  EXPECT_THAT(relay_.late_answers(), ElementsAre("late"));
  EXPECT_THAT(broker_.seen(), ElementsAre("again", "late"));
}

TEST_F(RelayGivenAnEchoBroker, WhenARequestIsLateByATimeThenItArrivesWithoutARelease) {
  relay_.make_late(ApiKey::kEndTxn, std::chrono::milliseconds{20});
  EXPECT_EQ(client_.ask(ApiKey::kEndTxn, "late"), std::nullopt);
  EXPECT_TRUE(relay_.wait_for_late_answers(1));
  EXPECT_THAT(broker_.seen(), ElementsAre("late"));
}

TEST_F(RelayGivenAnEchoBroker, WhenARequestIsHeldThenOtherConnectionsGoOn) {
  relay_.hold(ApiKey::kFetch);
  client_.send(ApiKey::kFetch, "held");
  client_.send(ApiKey::kProduce, "next to it");
  EXPECT_TRUE(relay_.wait_for_faults(1));
  EXPECT_EQ(Client{relay_.address()}.ask(ApiKey::kFetch, "other"), "other");
  EXPECT_THAT(broker_.seen(), ElementsAre("other"));
  relay_.release();
  EXPECT_EQ(client_.receive(), "held");
  EXPECT_EQ(client_.receive(), "next to it");
}

TEST_F(RelayGivenAnEchoBroker, WhenConnectionsAreCutThenNewOnesAreTaken) {
  EXPECT_EQ(client_.ask(ApiKey::kFetch, "a"), "a");
  EXPECT_EQ(relay_.connections(), 1U);
  relay_.cut();
  EXPECT_EQ(client_.receive(), std::nullopt);
  EXPECT_EQ(Client{relay_.address()}.ask(ApiKey::kFetch, "b"), "b");
}

TEST_F(RelayGivenAnEchoBroker, WhenItGoesAwayThenItRefusesUntilItComesBack) {
  EXPECT_EQ(client_.ask(ApiKey::kFetch, "a"), "a");
  relay_.go_away();
  EXPECT_EQ(client_.receive(), std::nullopt);
  EXPECT_TRUE(Client{relay_.address()}.is_refused());
  relay_.come_back();
  EXPECT_EQ(Client{relay_.address()}.ask(ApiKey::kFetch, "b"), "b");
}

TEST(RelayGivenNoBroker, WhenAClientConnectsThenItIsClosed) {
  std::string nowhere;
  {
    const EchoBroker broker;
    nowhere = broker.address();
  }
  const Relay relay{"127.0.0.1:0", nowhere};
  EXPECT_EQ(Client{relay.address()}.receive(), std::nullopt);
}

class RelayGivenARealBroker : public GivenARelayedBroker {};

TEST_F(RelayGivenARealBroker, WhenTheAnswerOfACommitIsLostThenTheClientAsksAgain) {
  Relay relay{broker().relay_listen(), broker().relay_forward()};
  const std::string topic = create_topic();
  Transaction transaction{unique_name("id"), {{"bootstrap.servers", relay.address()}}};
  transaction.produce(topic, {{.value = "v"}});
  relay.drop_answer(ApiKey::kEndTxn);
  transaction.commit();
  EXPECT_GE(relay.requests(ApiKey::kEndTxn), 2U);  // more, if the broker still writes markers when it is asked again
  EXPECT_EQ(relay.answers(ApiKey::kEndTxn), relay.requests(ApiKey::kEndTxn) - 1);
  EXPECT_EQ(read_all(topic).size(), 1U);
}

}  // namespace
}  // namespace weir::tests::kafka
