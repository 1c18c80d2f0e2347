#include "weir/run.hpp"

#include <atomic>
#include <exception>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <utility>

#include "coordinator/run_access.hpp"
#include "coordinator/supervisor.hpp"
#include "os/start_thread.hpp"

namespace weir {

RunReport run(const Dataflow& flow, const RunOptions& options) {
  return detail::coordinator::Supervisor{RunAccess::graph(flow), options}.execute();
}

/// The thread of a run that was started in the background. Destroying it stops the run; the thread goes first.
class RunHandle::Background {
 public:
  Background(const Dataflow& flow, RunOptions options) : outer_stop_{options.stop} {
    options.stop = stop_.get_token();
    run_ = std::make_unique<detail::coordinator::Supervisor>(RunAccess::graph(flow), options);
    thread_ = detail::os::start_thread("the thread of a run in the background", [this] { execute(); });
  }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  ~Background() { stop(); }

  void stop() { stop_.request_stop(); }
  [[nodiscard]] bool done() const { return done_.load(std::memory_order_acquire); }  // pairs with the store in execute

  [[nodiscard]] RunReport wait() const {
    done_.wait(false, std::memory_order_acquire);  // pairs with the store in execute
    if (error_ != nullptr) {
      std::rethrow_exception(error_);
    }
    return report_;
  }

 private:
  void execute() {
    {
      const std::stop_callback forward{outer_stop_, [this] { stop_.request_stop(); }};
      try {
        report_ = run_->execute();
      } catch (...) {
        error_ = std::current_exception();
      }
    }
    run_.reset();
    done_.store(true, std::memory_order_release);
    done_.notify_all();
  }

  std::stop_token outer_stop_;
  std::stop_source stop_;
  std::unique_ptr<detail::coordinator::Supervisor> run_;
  RunReport report_;
  std::exception_ptr error_;
  std::atomic<bool> done_{false};
  std::jthread thread_;
};

RunHandle::RunHandle(std::unique_ptr<Background> background) : background_{std::move(background)} {}
RunHandle::RunHandle(RunHandle&&) noexcept = default;
RunHandle& RunHandle::operator=(RunHandle&&) noexcept = default;

RunHandle::~RunHandle() = default;

void RunHandle::stop() {
  if (background_ != nullptr) {
    background_->stop();
  }
}

bool RunHandle::done() const { return background_ == nullptr || background_->done(); }

RunReport RunHandle::wait() {
  if (background_ == nullptr) {
    throw std::logic_error{"RunHandle: it was moved from and has no run; wait for the handle that it was moved to"};
  }
  return background_->wait();
}

RunHandle start(const Dataflow& flow, const RunOptions& options) {
  return RunHandle{std::make_unique<RunHandle::Background>(flow, options)};
}

}  // namespace weir
