#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <spdlog/common.h>

#include "coordinator/progress_display.hpp"
#include "coordinator/run_watch.hpp"
#include "coordinator/status_site.hpp"
#include "http/endpoint.hpp"
#include "status/run_status.hpp"

namespace weir::detail::coordinator {

/// What a program shows of its run at its end.
enum class ShowSummary : std::uint8_t {
  kAuto,  ///< text, where standard error is a terminal and the run was not short
  kText,
  kJson,
  kNone,
};

struct ViewOptions {
  ShowProgress progress = ShowProgress::kAuto;
  ShowSummary summary = ShowSummary::kAuto;
  std::optional<http::Endpoint> http{};  ///< where the status page listens; nothing: there is none
};

/// All that a program shows of its run on standard error and by HTTP. All of it reads the same status.
class RunViews {
 public:
  /// @throws UsageError  if the status page cannot listen where it is asked to
  explicit RunViews(const ViewOptions& options);
  RunViews(const RunViews&) = delete;
  RunViews& operator=(const RunViews&) = delete;
  ~RunViews();

  /// The sinks of the run's log: standard error, and the status's list of problems.
  [[nodiscard]] std::vector<spdlog::sink_ptr> sinks();

  /// Watches the run, if anything is shown of it.
  [[nodiscard]] Watcher watcher();

  /// Where the status page listens.
  [[nodiscard]] std::optional<http::Endpoint> site() const;

  /// After the run: what is to be said of it. Empty if nothing is.
  [[nodiscard]] std::string summary() const;

 private:
  class Problems;

  void show(status::RunStatus&& status);

  ShowSummary summary_;
  ProgressDisplay display_;
  std::shared_ptr<Problems> problems_;
  std::unique_ptr<StatusSite> site_;
  std::optional<status::RunStatus> last_;
};

}  // namespace weir::detail::coordinator
