#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace weir::tests::kafka {

/// The broker of a test program: the one of KAFKA_BOOTSTRAP where that is set, else one of its own, which is started
/// when a test first asks for it and ends with the program, however that ends.
class Broker {
 public:
  /// The broker of this program.
  static Broker& instance();

  Broker();
  /// One of its own, with these options of the script, and the program's for as long as it lives.
  explicit Broker(std::vector<std::string> options);
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;
  ~Broker();

  /// Why there is no broker; empty if there is one.
  [[nodiscard]] const std::string& missing() const { return missing_; }
  /// Whether there can be none here, as where Java is missing. Else it failed.
  [[nodiscard]] bool cannot_be_had() const { return cannot_be_had_; }

  /// `HOST:PORT` for clients.
  [[nodiscard]] const std::string& bootstrap() const { return bootstrap_; }

  /// Whether there are addresses for a relay between clients and this broker.
  [[nodiscard]] bool has_relay() const { return !relay_listen_.empty(); }
  /// Where the relay listens, and where clients of the relay connect.
  [[nodiscard]] const std::string& relay_listen() const { return relay_listen_; }
  /// Where the relay connects to.
  [[nodiscard]] const std::string& relay_forward() const { return relay_forward_; }

  /// Whether this program may stop, kill and restart it.
  [[nodiscard]] bool has_folder() const { return !folder_.empty(); }
  /// Ends it in good order. It stays away until restart().
  void stop();
  /// Kills it as a crash would. It stays away until restart().
  void kill();
  /// Starts it again, on its data and ports.
  void restart();
  void restart_if_away();

 private:
  class Process;

  void start(std::vector<std::string> options);
  void run_script(const std::string& action);

  std::string missing_;
  std::string bootstrap_;
  std::string relay_listen_;
  std::string relay_forward_;
  std::string folder_;
  std::unique_ptr<Process> process_;
  bool cannot_be_had_ = false;
  bool away_ = false;
  Broker* before_ = nullptr;  // the program's, before this one was
};

/// Skips its tests where there is no broker. A derived fixture makes what needs the broker in the test, not in its
/// constructor.
class GivenABroker : public ::testing::Test {
 protected:
  void SetUp() override;
  /// A test that failed half way may have left the broker stopped.
  void TearDown() override;

  [[nodiscard]] Broker& broker() const { return Broker::instance(); }
};

/// Skips its tests, too, where there is no place for a relay.
class GivenARelayedBroker : public GivenABroker {
 protected:
  void SetUp() override;
};

/// Skips its tests, too, where the broker is not this program's to restart.
class GivenABrokerToRestart : public GivenABroker {
 protected:
  void SetUp() override;
};

}  // namespace weir::tests::kafka
