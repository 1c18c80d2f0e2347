#include "coordinator/store_writer.hpp"

#include <utility>

#include "os/start_thread.hpp"

namespace weir::detail::coordinator {

StoreWriter::StoreWriter(recovery::SnapshotStore& store, Listener listener)
    : store_{&store},
      listener_{std::move(listener)},
      thread_{os::start_thread("the thread that writes snapshots", [this] { run(); })} {}

void StoreWriter::submit(recovery::EpochCommit&& commit) {
  {
    const std::scoped_lock lock{mutex_};
    commits_.push_back(std::move(commit));
  }
  news_.notify_one();
}

void StoreWriter::finish() {
  {
    const std::scoped_lock lock{mutex_};
    finishing_ = true;
  }
  news_.notify_one();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void StoreWriter::run() {
  try {
    work();
  } catch (...) {
    listener_.failed(std::current_exception());
  }
}

void StoreWriter::work() {
  bool in_order = false;  // nothing is left to compact
  std::unique_lock lock{mutex_};
  while (true) {
    if (in_order) {
      news_.wait(lock, [this] { return finishing_ || !commits_.empty(); });
    }
    if (!commits_.empty()) {
      const recovery::EpochCommit commit = std::move(commits_.front());
      commits_.pop_front();
      lock.unlock();
      store_->commit(commit);
      listener_.committed(commit.epoch);
      in_order = false;
    } else if (finishing_) {
      return;
    } else {
      lock.unlock();
      in_order = !store_->compact();
    }
    lock.lock();
  }
}

}  // namespace weir::detail::coordinator
