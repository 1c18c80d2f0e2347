#include "kafka/job_runs.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir::tests::kafka {
namespace {

int wait_for(pid_t process, int options) {
  int status = 0;
  while (::waitpid(process, &status, options) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

JobProcess::JobProcess(const std::vector<std::string>& arguments, const std::optional<KillPoint>& point,
                       const std::string& said) {
  const char* const job = std::getenv("WEIR_KAFKA_JOB");
  std::vector<std::string> all{job != nullptr ? job : WEIR_KAFKA_JOB};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> texts;
  for (std::string& each : all) {
    texts.push_back(each.data());
  }
  texts.push_back(nullptr);
  const std::string name = point ? point->text() : std::string{};
  process_ = ::fork();
  if (process_ == 0) {
    const int file = ::open(said.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    ::dup2(file, 2);
    ::close_range(3, ~0U, 0);  // a relay's socket, which could not listen again
    if (point) {
      ::setenv("WEIR_KAFKA_POINT", name.c_str(), 1);
    }
    ::execv(texts.front(), texts.data());
    ::_exit(127);
  }
}

JobProcess::JobProcess(JobProcess&& other) noexcept : process_{std::exchange(other.process_, -1)} {}

JobProcess::~JobProcess() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    wait();
  }
}

int JobProcess::wait() {
  const int status = wait_for(std::exchange(process_, -1), 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool JobProcess::wait_until_stopped() {
  const int status = wait_for(process_, WUNTRACED);
  if (!WIFSTOPPED(status)) {
    process_ = -1;
  }
  return WIFSTOPPED(status);
}

void JobProcess::go_on() const { ::kill(process_, SIGCONT); }

std::size_t JobProcess::resident_bytes() const {
  std::ifstream file{"/proc/" + std::to_string(process_) + "/statm"};
  std::size_t size = 0;
  std::size_t resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

JobRuns::JobRuns(std::string bootstrap, int items, int partitions)
    : bootstrap_{std::move(bootstrap)}, items_{items}, topic_{create_topic(partitions)} {}

JobProcess JobRuns::start(const std::optional<KillPoint>& point) const {
  std::vector<std::string> arguments{bootstrap_, topic_, other.value_or(folder()), std::to_string(items_)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return {arguments, point, folder_.path("said")};
}

int JobRuns::run(const std::optional<KillPoint>& point) const { return start(point).wait(); }

std::string JobRuns::said() const {
  std::ifstream file{folder_.path("said")};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void JobRuns::expect_exactly_once() const { expect_in_order(read_all(topic_), kKeys, items_ / kKeys); }

std::string JobRuns::transaction(const std::string& folder) {
  std::ifstream file{folder + "/.out.kafka.txid"};
  std::string name;
  std::getline(file, name);
  return name;
}

// GROUP.EXECUTION.PRODUCER without the last two.
std::string JobRuns::group(const std::string& folder) {
  std::string name = transaction(folder);
  for (int i = 0; i < 2; ++i) {
    name.resize(std::min(name.rfind('.'), name.size()));
  }
  return name;
}

void JobRuns::delete_group(const std::string& bootstrap, const std::string& group) {
  rd_kafka_conf_t* const configuration = rd_kafka_conf_new();
  rd_kafka_conf_set(configuration, "bootstrap.servers", bootstrap.c_str(), nullptr, 0);
  rd_kafka_t* const client = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, nullptr, 0);
  rd_kafka_queue_t* const queue = rd_kafka_queue_new(client);
  rd_kafka_DeleteGroup_t* wanted = rd_kafka_DeleteGroup_new(group.c_str());
  rd_kafka_DeleteGroups(client, &wanted, 1, nullptr, queue);
  rd_kafka_event_t* const event = rd_kafka_queue_poll(queue, 60'000);
  std::size_t count = 0;
  const rd_kafka_group_result_t** const results =
      rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(event), &count);
  ASSERT_EQ(count, 1U);
  EXPECT_EQ(rd_kafka_group_result_error(results[0]), nullptr) << group;
  rd_kafka_event_destroy(event);
  rd_kafka_DeleteGroup_destroy(wanted);
  rd_kafka_queue_destroy(queue);
  rd_kafka_destroy(client);
}

}  // namespace weir::tests::kafka
