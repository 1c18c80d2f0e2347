#include "weir/run.hpp"

#include <atomic>
#include <exception>
#include <stop_token>
#include <thread>
#include <utility>

#include "coordinator/run_access.hpp"
#include "coordinator/supervisor.hpp"

namespace weir {

RunReport run(const Dataflow& flow, const RunOptions& options) {
  return coordinator::Supervisor{RunAccess::graph(flow), options}.execute();
}

/// The thread of a run that was started in the background.
class RunHandle::Background {
 public:
  Background(const Dataflow& flow, RunOptions options) : outer_stop_{options.stop} {
    options.stop = stop_.get_token();
    run_ = std::make_unique<coordinator::Supervisor>(RunAccess::graph(flow), options);
    thread_ = std::jthread{[this] { execute(); }};
  }

  void stop() { stop_.request_stop(); }
  [[nodiscard]] bool done() const { return done_.load(std::memory_order_acquire); }  // pairs with the store in execute

  RunReport wait() {
    if (thread_.joinable()) {
      thread_.join();
    }
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
  }

  std::stop_token outer_stop_;
  std::stop_source stop_;
  std::unique_ptr<coordinator::Supervisor> run_;
  RunReport report_;
  std::exception_ptr error_;
  std::atomic<bool> done_{false};
  std::jthread thread_;
};

RunHandle::RunHandle(std::unique_ptr<Background> background) : background_{std::move(background)} {}
RunHandle::RunHandle(RunHandle&&) noexcept = default;
RunHandle& RunHandle::operator=(RunHandle&&) noexcept = default;

RunHandle::~RunHandle() {
  if (background_) {
    background_->stop();
  }
}

void RunHandle::stop() { background_->stop(); }

bool RunHandle::done() const { return background_->done(); }

RunReport RunHandle::wait() { return background_->wait(); }

RunHandle start(const Dataflow& flow, const RunOptions& options) {
  return RunHandle{std::make_unique<RunHandle::Background>(flow, options)};
}

}  // namespace weir
