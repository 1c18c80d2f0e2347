#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "recovery/snapshot_store.hpp"

namespace weir::detail::coordinator {

/// The one thread that writes to the snapshot store, off the data path. It commits epochs in the order of `submit`, and
/// compacts the store in between.
class StoreWriter {
 public:
  /// Both are called on the writer's thread. After a failure it commits nothing more.
  struct Listener {
    std::function<void(Epoch)> committed;
    std::function<void(std::exception_ptr)> failed;
  };

  /// @param store  used by this thread alone until `finish`
  StoreWriter(recovery::SnapshotStore& store, Listener listener);
  StoreWriter(const StoreWriter&) = delete;
  StoreWriter& operator=(const StoreWriter&) = delete;
  ~StoreWriter() { finish(); }

  void submit(recovery::EpochCommit&& commit);

  /// Waits for the commits that were submitted.
  void finish();

 private:
  void run();
  void work();

  recovery::SnapshotStore* store_;
  Listener listener_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<recovery::EpochCommit> commits_;
  bool finishing_ = false;
  std::jthread thread_;
};

}  // namespace weir::detail::coordinator
