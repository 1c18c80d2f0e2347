#include "coordinator/threaded_run.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "coordinator/run_options.hpp"
#include "coordinator/worker_turns.hpp"
#include "exchange/fabric.hpp"
#include "os/clock_system.hpp"
#include "os/cores.hpp"
#include "os/random_seed.hpp"
#include "os/start_thread.hpp"
#include "os/steady_clock.hpp"

namespace weir::detail::coordinator {
namespace {

using worker::WorkerEvent;

// Whether the failure only means that the reader of the output has closed it.
bool output_closed(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const OutputClosed&) {
    return true;
  } catch (const std::nested_exception& error) {
    return error.nested_ptr() != nullptr && output_closed(error.nested_ptr());
  } catch (...) {
    return false;
  }
}

}  // namespace

ThreadedRun::ThreadedRun(const graph::Graph& graph, const RunOptions& options, std::shared_ptr<spdlog::logger> logger,
                         std::stop_token cut, io::TornPipes* torn, Watcher watcher, std::unique_ptr<Deal> deal)
    : log_{std::move(logger)},
      plan_{graph},
      options_{options},
      cut_requested_{std::move(cut)},
      deal_{std::move(deal)},
      workers_{deal_ != nullptr ? deal_->placement().workers()
                                : WorkerCount{static_cast<std::uint32_t>(worker_count(options))}},
      cores_{options.pin ? os::usable_cores() : std::vector<std::size_t>{}},
      recovery_{Recovery::open(graph, options, workers_, deal_.get())},
      activator_{std::min<std::size_t>(workers_.value, worker_count(options))},
      io_{[this](const std::exception_ptr& error) { tell([this, error] { on_failure(error); }); }, torn},
      assembly_{plan_,
                {.workers = workers_,
                 .exchange = options.exchange,
                 .channels = exchange::ChannelSize::for_run(plan_.edges().size(), workers_),
                 .tables = {.seed = os::random_seed()},
                 .epochs = epoch_settings(recovery_.get(), options, workers_),
                 .resume = recovery_ != nullptr ? &recovery_->resume() : nullptr,
                 .placement = deal_ != nullptr ? &deal_->placement() : nullptr,
                 .control = control_,
                 .activator = activator_,
                 .io = io_,
                 .log = this,
                 .restart = recovery_ != nullptr ? this : nullptr,
                 .abandon = [this] { io_.finish(); }}},
      coordinator_{workers_, control_, recovery_ != nullptr ? recovery_->plan() : SnapshotPlan{},
                   assembly_.read_order()},
      watch_{{.plan = plan_,
              .workers = assembly_.workers(),
              .control = control_,
              .context = context_,
              .wake_workers = [this] { wake_workers(); },
              .add_rest = [this](status::RunStatus& status) { add_status(status); }},
             std::move(watcher),
             options.profile} {
  if (options.on_stop == OnStop::kEmit) {
    coordinator_.end_on_stop();
  }
  try {
    if (recovery_ != nullptr) {
      recovery_->load_into(assembly_);
    }
    listen_to_deal({.revoked = [this](const std::string& reason) { request_restart({}, reason); },
                    .lost =
                        [this](const std::string& reason) {
                          tell([this, reason] { on_failure(std::make_exception_ptr(SharesLost{reason})); });
                        }});
  } catch (...) {
    io_.finish();  // its jobs refer to members that are destroyed now
    throw;
  }
}

void ThreadedRun::listen_to_deal(Deal::Listener listener) {
  if (deal_ != nullptr) {
    deal_->listen(std::move(listener));
  }
}

RunReport ThreadedRun::execute() {
  const auto work = boost::asio::make_work_guard(context_);
  {
    const std::stop_callback on_stop{options_.stop,
                                     [this] { boost::asio::post(context_, [this] { request_stop(); }); }};
    const std::stop_callback on_cut{cut_requested_, [this] { boost::asio::post(context_, [this] { cut(); }); }};
    started_ = os::steady_now();
    run_workers();
  }
  log_.left_over(assembly_);
  std::vector<worker::WorkerStatus> told;
  for (const auto& worker : assembly_.workers()) {
    told.push_back(worker->status(os::steady_now()));
  }
  watch_.end(told);
  RunReport report = make_report(told);
  if (coordinator_.error() != nullptr) {
    if (!output_closed(coordinator_.error())) {
      std::rethrow_exception(coordinator_.error());
    }
    report.outcome = Outcome::kUnread;
  }
  report.profile = watch_.profile(told);
  log_.ended(report, os::steady_now() - started_);
  return report;
}

void ThreadedRun::run_workers() {
  epochs_.emplace(resumed_from(), started_);
  log_.started(plan_, options_, assembly_.workers().size(),
               exchange::ChannelSize::for_run(plan_.edges().size(), workers_));
  log_.read_order(plan_, assembly_);
  if (recovery_ != nullptr) {
    log_.resumed(plan_, *recovery_, assembly_, options_.recovery);
    start_writer();
  }
  control_.begin_system_time(os::system_offset());
  std::vector<std::jthread> threads;
  // If anything fails while workers run, they are told to stop, or their threads could never be joined.
  const auto or_fail = [this](auto&& act) {
    try {
      act();
    } catch (...) {
      on_failure(std::current_exception());
    }
  };
  or_fail([&] { start_workers(threads); });
  while (threads_running_ > 0) {
    or_fail([this] { context_.run_one(); });
  }
  threads.clear();
  if (writer_) {
    writer_->finish();
  }
}

void ThreadedRun::start_writer() {
  writer_.emplace(
      recovery_->store(),
      StoreWriter::Listener{
          .committed = [this](Epoch epoch) { tell([this, epoch] { on_committed(epoch); }); },
          .failed = [this](const std::exception_ptr& error) { tell([this, error] { on_failure(error); }); }});
}

void ThreadedRun::start_workers(std::vector<std::jthread>& threads) {
  threads.reserve(activator_.threads());
  for (std::size_t thread = 0; thread < activator_.threads(); ++thread) {
    const std::string name = fmt::format("worker {} of {}", thread + 1, activator_.threads());
    threads.push_back(os::start_thread(name.c_str(), [this, thread] { drive(thread); }));
    ++threads_running_;
  }
  wait_for_epoch();
  watch_.start();
}

// From any thread: the logger takes lines from all.
void ThreadedRun::write(Level level, std::string_view step, std::string_view line) { log_.of_step(level, step, line); }

void ThreadedRun::request_restart(std::string_view step, std::string_view reason) {
  tell([this, step = std::string{step}, reason = std::string{reason}] {
    const bool restarts = coordinator_.restarts();
    coordinator_.on_restart_request();
    if (!restarts && coordinator_.restarts()) {
      restart_step_ = step;
      log_.restart_planned(step, reason);
    }
    wake_if_ordered();
  });
}

void ThreadedRun::request_stop() {
  stopping_ = true;
  log_.stop_requested(options_.drain_timeout);
  coordinator_.on_stop_request();
  wake_if_ordered();
  drain_timer_.expires_after(timer_span(options_.drain_timeout));
  drain_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) {
      cut();
    }
  });
}

void ThreadedRun::cut() {
  if (!std::exchange(cut_, !coordinator_.finished()) && cut_) {
    log_.cut();
  }
  coordinator_.on_abort();
  wake_if_ordered();
}

// From any thread: the coordinator's thread handles it. Without memory for this everything stops, which frees some.
template <typename News>
void ThreadedRun::tell(News news) {
  while (true) {
    try {
      boost::asio::post(context_, news);
      return;
    } catch (const std::bad_alloc&) {
      control_.abort();
      wake_workers();
      std::this_thread::yield();
    }
  }
}

// The loop of a thread. Nothing leaves it: a failure goes to the coordinator.
void ThreadedRun::drive(std::size_t thread) {
  const auto on_ended = [this](WorkerIndex worker) { tell([this, worker] { watch_.on_ended(worker); }); };
  WorkerTurns turns{activator_.word(thread),
                    [this](WorkerEvent&& event) {
                      boost::asio::post(context_,
                                        [this, event = std::move(event)]() mutable { on_event(std::move(event)); });
                    },
                    on_ended};
  try {
    for (std::size_t i = thread; i < assembly_.workers().size(); i += activator_.threads()) {
      turns.add(*assembly_.workers()[i]);
    }
    if (options_.pin) {
      pin(thread);
    }
    turns.run();
  } catch (...) {
    tell([this, error = std::current_exception()] { on_failure(error); });
  }
  for (const worker::Worker* const worker : turns.left()) {
    on_ended(worker->context().index);
  }
  tell([this] { --threads_running_; });
}

// By the thread itself: the system takes the id of a thread that has ended for that of the caller.
void ThreadedRun::pin(std::size_t thread) {
  const WorkerIndex worker{static_cast<std::uint32_t>(thread)};
  const WorkerCount threads{static_cast<std::uint32_t>(activator_.threads())};
  if (thread >= cores_.size()) {  // the process has lost cores since the options were checked
    tell([this, worker, threads] { log_.not_pinned(worker, threads, "no core is left for it"); });
    return;
  }
  const std::size_t core = cores_[thread];
  if (const std::error_code failure = os::pin_to_core(core)) {
    const std::string reason = fmt::format("core {}: {}", core, failure.message());
    tell([this, worker, threads, reason] { log_.not_pinned(worker, threads, reason); });
    return;
  }
  tell([this, worker, threads, core] { log_.pinned(worker, threads, core); });
}

void ThreadedRun::wait_for_epoch() {
  epoch_timer_.expires_after(timer_span(options_.epoch_interval));
  epoch_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) {
      control_.publish_system_offset(os::system_offset());  // it may have been set, or the machine may have slept
      coordinator_.on_epoch_timer();
      wake_if_ordered();
      wait_for_epoch();
    }
  });
}

// What only the run knows.
void ThreadedRun::add_status(status::RunStatus& status) const {
  const runtime::Steady now = os::steady_now();
  status.phase = stopping_ ? status::RunStatus::Phase::kStopping : status::RunStatus::Phase::kRunning;
  status.resumed = resumed_from().value > 0;
  status.keeps_snapshots = recovery_ != nullptr;
  status.elapsed = now - started_;
  status.now = control_.system_time(now).wall;
  status.epochs = epochs_->state(now);
}

void ThreadedRun::on_event(worker::WorkerEvent&& event) {
  if (event.kind == WorkerEvent::Kind::kStatus) {
    watch_.on_status(std::move(event));
    return;
  }
  const bool had_ended = coordinator_.input_ended();
  const bool had_passed = coordinator_.passed();
  coordinator_.on_event(std::move(event));
  while (std::optional<recovery::EpochCommit> commit = coordinator_.take_commit()) {
    epochs_->on_submitted(*commit, os::steady_now());
    writer_->submit(std::move(*commit));
  }
  if (!had_passed && coordinator_.passed()) {
    log_.epoch_passed(coordinator_.ordered(), epochs_->on_passed(os::steady_now()));
  }
  if (!had_ended && coordinator_.input_ended()) {
    log_.input_ended();
  }
  wake_if_ordered();
}

void ThreadedRun::on_committed(Epoch epoch) {
  log_.epoch_committed(epoch);
  epochs_->on_committed(epoch, os::steady_now());
  coordinator_.on_committed(epoch);
  wake_if_ordered();
}

void ThreadedRun::on_failure(std::exception_ptr error) {
  log_.failed();
  coordinator_.on_failure(std::move(error));
  wake_if_ordered();
}

// Wakes all workers if the coordinator gave them orders.
void ThreadedRun::wake_if_ordered() {
  if (coordinator_.take_wake()) {
    if (const Epoch ordered = coordinator_.ordered(); ordered != ordered_) {
      ordered_ = ordered;
      epochs_->on_ordered(ordered, os::steady_now());
    }
    wake_workers();
  }
}

void ThreadedRun::wake_workers() {
  for (WorkerIndex worker{0}; worker.value < workers_.value; ++worker.value) {
    activator_.wake(worker);
  }
}

RunReport ThreadedRun::make_report(const std::vector<worker::WorkerStatus>& told) const {
  RunReport report;
  report.outcome = cut_ ? Outcome::kCut : coordinator_.stopped() ? Outcome::kDrained : Outcome::kDone;
  report.workers = told.size();
  for (const graph::StepSpec& step : plan_.graph().steps()) {
    report.steps.push_back({.step_id = step.id, .op = step.op});
  }
  for (const worker::WorkerStatus& each : told) {
    for (const worker::StepView& view : each.steps) {
      StepReport& step = report.steps[view.step];
      step.items += view.items;
      step.keys_held += view.counts.keys_held;
      for (const auto& [name, count] : view.counts.others.all()) {
        step.counters[name] += count;
      }
    }
  }
  if (!coordinator_.nothing_new()) {
    count_open_keys(report);
  }
  return report;
}

// Only here, since a step may look at every key for it.
void ThreadedRun::count_open_keys(RunReport& report) const {
  for (const auto& worker : assembly_.workers()) {
    for (const auto& stage : worker->stages()) {
      for (const auto& op : stage->operators()) {
        report.steps[op->site().step].keys_open += op->keys_open();
      }
    }
  }
}

}  // namespace weir::detail::coordinator
