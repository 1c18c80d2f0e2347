#pragma once

#include <functional>

#include "exchange/channel.hpp"
#include "weir/io.hpp"

// What workers need that one thread drives: nobody sleeps, and nothing is read or written.

namespace weir::bench {

struct NobodySleeps final : detail::exchange::Activator {
  void wake(WorkerIndex /*worker*/) override {}
  void wake_for_room(WorkerIndex /*worker*/) override {}
};

struct NoFiles final : IoThread {
  void submit(std::function<void()> /*job*/) override {}
  void when_readable(int /*descriptor*/, std::function<void()> /*job*/) override {}
  void when_writable(int /*descriptor*/, std::function<void()> /*job*/) override {}
};

}  // namespace weir::bench
