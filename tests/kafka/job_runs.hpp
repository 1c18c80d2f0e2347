#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "kafka/kill_points.hpp"
#include "kafka/topics.hpp"
#include "temporary_folder.hpp"

namespace weir::tests::kafka {

/// A process of kafka_job.
class JobProcess {
 public:
  JobProcess(const std::vector<std::string>& arguments, const std::optional<KillPoint>& point, const std::string& said);
  JobProcess(JobProcess&& other) noexcept;
  JobProcess& operator=(JobProcess&&) = delete;
  /// Kills it.
  ~JobProcess();

  /// Waits until it has ended. @return its exit code, or -1 if it was killed
  int wait();
  /// Waits until it was stopped by its point. @return false if it has ended instead
  [[nodiscard]] bool wait_until_stopped();
  void go_on() const;
  /// How much memory it has now.
  [[nodiscard]] std::size_t resident_bytes() const;

 private:
  pid_t process_ = -1;
};

/// Runs of one job, each after the other, over one recovery directory and one topic.
class JobRuns {
 public:
  static constexpr std::int64_t kKeys = 4;

  explicit JobRuns(std::string bootstrap, int items = 1'000, int partitions = 2);

  [[nodiscard]] JobProcess start(const std::optional<KillPoint>& point = {}) const;
  /// To its end. @return its exit code, or -1 if it was killed
  int run(const std::optional<KillPoint>& point = {}) const;

  /// What it said on standard error.
  [[nodiscard]] std::string said() const;

  /// Expects that the topic has every record in order and once.
  void expect_exactly_once() const;

  [[nodiscard]] const std::string& topic() const { return topic_; }
  [[nodiscard]] std::string folder() const { return folder_.path("recovery"); }
  /// The name of its last transaction.
  [[nodiscard]] std::string transaction() const { return transaction(folder()); }
  [[nodiscard]] static std::string transaction(const std::string& folder);
  /// The group that keeps the token.
  [[nodiscard]] std::string group() const { return group(folder()); }
  [[nodiscard]] static std::string group(const std::string& folder);

  /// Has the brokers forget it.
  void delete_group() const { delete_group(bootstrap_, group()); }
  static void delete_group(const std::string& bootstrap, const std::string& group);

  std::vector<std::string> more;     ///< arguments
  std::optional<std::string> other;  ///< a recovery directory in place of the own one

 private:
  std::string bootstrap_;
  int items_;
  std::string topic_;
  TemporaryFolder folder_;
};

}  // namespace weir::tests::kafka
