#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>

#include "coordinator/placement.hpp"
#include "recovery/snapshot_store.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/log.hpp"
#include "weir/run.hpp"

namespace weir {
namespace detail::coordinator {

/// The shards of a run may have gone to another process: the run ends without a commit, and another one begins with the
/// shards that this process has then.
class SharesLost final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What an application tells of its process. From any thread.
class ApplicationReport : public LogTarget {
 public:
  /// Said again and again while the process waits, many times a second.
  /// @param for_what  words that follow "waits for"; empty: it waits no more
  virtual void waits(std::string_view for_what) = 0;
  /// The states of so many keys are read.
  virtual void took_over(std::uint64_t keys) = 0;
};

/// Shards that this process has, until the object is destroyed: only then may they go to another process.
class Deal {
 public:
  /// Called on any thread, without blocking.
  struct Listener {
    /// The shards are to be given back: the run closes its epoch and ends.
    std::function<void(const std::string& reason)> revoked;
    /// They are gone already.
    std::function<void(const std::string& reason)> lost;
  };

  Deal() = default;
  Deal(const Deal&) = delete;
  Deal& operator=(const Deal&) = delete;
  virtual ~Deal() = default;

  [[nodiscard]] virtual const Placement& placement() const = 0;

  /// Takes the shards over. Waits for what other processes have left undecided.
  /// @throws SharesLost     if they are to be given back meanwhile
  /// @throws RecoveryError  if what is stored is not whole
  [[nodiscard]] virtual std::unique_ptr<recovery::SnapshotStore> open_store() = 0;

  /// Whoever listens is told at once, if it has happened already. Once this returns, the one before is not called.
  virtual void listen(Listener listener) = 0;
};

}  // namespace detail::coordinator

/// One dataflow in many processes: deals the shards of its state to them.
class Application {
 public:
  Application() = default;
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;
  virtual ~Application() = default;

  /// What the command line asks for in place of a run: text for standard output; nothing if it asks for a run.
  /// @throws UsageError  if the dataflow cannot run in an application, or brokers do not answer
  [[nodiscard]] virtual std::optional<std::string> answer(const detail::graph::Graph& graph) = 0;

  /// Before the first deal.
  /// @param report  is there until `leave` returns
  /// @throws UsageError  if the dataflow cannot run in an application
  virtual void join(const detail::graph::Graph& graph, detail::coordinator::ApplicationReport& report) = 0;

  /// Waits until this process is dealt shards. The deal before it is destroyed by then.
  /// @param stop  asks the process to stop, also while the deal's shards are taken over
  /// @return  null if the process is to stop
  [[nodiscard]] virtual std::unique_ptr<detail::coordinator::Deal> next(const std::stop_token& stop) = 0;

  /// Gives up membership, so that others have the shards at once. May be called again.
  virtual void leave() noexcept = 0;
};

}  // namespace weir
