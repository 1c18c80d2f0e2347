#include "kafka/broker_fixture.hpp"

#include <cstdlib>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir::tests::kafka {
namespace {

constexpr int kSkipped = 77;  // exit code of the script where a broker cannot be had

// Java compiles less, so that the broker takes less of the machine until it answers.
constexpr const char* kJavaOptions = "-XX:TieredStopAtLevel=1";

// Prints the addresses and an empty line, then stays until its input ends.
constexpr const char* kUntilClosed = "env | grep ^KAFKA_; echo; exec cat >/dev/null";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int exit_code(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

/// The script beside its command. The command waits for the end of a pipe, which comes with this program's end even if
/// it is killed; then the script stops the broker.
class Broker::Process {
 public:
  explicit Process(std::vector<std::string> options) {
    std::vector<std::string> arguments{"broker", "run", "--seconds", "1800"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(arguments.end(), {"--", "sh", "-c", kUntilClosed});
    std::vector<char*> texts;
    for (std::string& each : arguments) {
      texts.push_back(each.data());
    }
    texts.push_back(nullptr);
    int to_child[2];
    int from_child[2];
    if (::pipe2(to_child, O_CLOEXEC) != 0 || ::pipe2(from_child, O_CLOEXEC) != 0) {
      throw std::runtime_error{"no pipe can be made"};
    }
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(to_child[0], STDIN_FILENO);
      ::dup2(from_child[1], STDOUT_FILENO);
      ::execv(WEIR_KAFKA_BROKER, texts.data());
      ::_exit(127);
    }
    ::close(to_child[0]);
    ::close(from_child[1]);
    to_child_ = to_child[1];
    from_child_ = from_child[0];
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { end(); }

  /// What it prints up to an empty line, or to its end.
  std::string read_lines() const {
    std::string text;
    char byte = 0;
    while (!text.ends_with("\n\n") && ::read(from_child_, &byte, 1) == 1) {
      text += byte;
    }
    return text;
  }

  /// Stops the broker; the exit code of the script.
  int end() {
    if (child_ > 0) {
      ::close(to_child_);
      ::close(from_child_);
      exit_ = exit_code(std::exchange(child_, 0));
    }
    return exit_;
  }

 private:
  pid_t child_ = 0;
  int to_child_ = -1;
  int from_child_ = -1;
  int exit_ = 0;
};

namespace {
Broker* current = nullptr;
}  // namespace

Broker& Broker::instance() {
  if (current != nullptr) {
    return *current;
  }
  static Broker broker;
  return broker;
}

Broker::Broker(std::vector<std::string> options) : before_{current} {
  ::setenv("KAFKA_OPTS", kJavaOptions, /*overwrite=*/0);
  start(std::move(options));
  current = this;
}

Broker::Broker() {
  ::setenv("KAFKA_OPTS", kJavaOptions, /*overwrite=*/0);
  bootstrap_ = environment("KAFKA_BOOTSTRAP");
  if (bootstrap_.empty()) {
    start({});
  } else {
    relay_listen_ = environment("KAFKA_RELAY_LISTEN");
    relay_forward_ = environment("KAFKA_RELAY_FORWARD");
    folder_ = environment("KAFKA_FOLDER");
  }
}

Broker::~Broker() {
  if (current == this) {
    current = before_;
  }
}

void Broker::start(std::vector<std::string> options) {
  process_ = std::make_unique<Process>(std::move(options));
  std::istringstream lines{process_->read_lines()};
  std::map<std::string, std::string> values;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    values[line.substr(0, equals)] = equals == std::string::npos ? "" : line.substr(equals + 1);
  }
  bootstrap_ = values["KAFKA_BOOTSTRAP"];
  relay_listen_ = values["KAFKA_RELAY_LISTEN"];
  relay_forward_ = values["KAFKA_RELAY_FORWARD"];
  folder_ = values["KAFKA_FOLDER"];
  if (bootstrap_.empty()) {
    const int exit = process_->end();
    missing_ = std::string{WEIR_KAFKA_BROKER} + " ended with exit code " + std::to_string(exit);
    cannot_be_had_ = exit == kSkipped;
  }
}

void Broker::run_script(const std::string& action) {
  if (folder_.empty()) {
    throw std::logic_error{"the broker of KAFKA_BOOTSTRAP is not this program's"};
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::close_range(3, ~0U, 0);  // the broker would keep a relay's socket
    ::execl(WEIR_KAFKA_BROKER, "broker", action.c_str(), folder_.c_str(), nullptr);
    ::_exit(127);
  }
  if (const int exit = exit_code(child); exit != 0) {
    throw std::runtime_error{"broker " + action + " ended with exit code " + std::to_string(exit)};
  }
}

void Broker::stop() {
  away_ = true;
  run_script("stop");
}

void Broker::kill() {
  away_ = true;
  run_script("kill");
}

void Broker::restart() {
  run_script("restart");
  away_ = false;
}

void Broker::restart_if_away() {
  if (away_) {
    restart();
  }
}

void GivenABroker::SetUp() {
  if (broker().cannot_be_had()) {
    GTEST_SKIP() << broker().missing();
  }
  ASSERT_EQ(broker().missing(), "");
}

void GivenABroker::TearDown() { broker().restart_if_away(); }

void GivenARelayedBroker::SetUp() {
  GivenABroker::SetUp();
  if (broker().missing().empty() && !broker().has_relay()) {
    GTEST_SKIP() << "KAFKA_RELAY_LISTEN is not set";
  }
}

void GivenABrokerToRestart::SetUp() {
  GivenABroker::SetUp();
  if (broker().missing().empty() && !broker().has_folder()) {
    GTEST_SKIP() << "KAFKA_FOLDER is not set";
  }
}

}  // namespace weir::tests::kafka
