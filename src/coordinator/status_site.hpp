#pragma once

#include <memory>
#include <string>
#include <thread>

#include "http/endpoint.hpp"
#include "status/run_status.hpp"

namespace weir::detail::coordinator {

/// Serves the status of a program's runs by HTTP: a page for people, and texts for machines. It has a thread of its
/// own, so that it outlives a restart, and clients never delay the coordinator.
class StatusSite {
 public:
  /// Listens, and answers from now on.
  /// @throws UsageError  if it cannot listen there
  explicit StatusSite(const http::Endpoint& endpoint);
  StatusSite(const StatusSite&) = delete;
  StatusSite& operator=(const StatusSite&) = delete;
  ~StatusSite();

  /// From any thread: this is the newest status.
  void show(status::RunStatus status);

  /// Where it listens.
  [[nodiscard]] http::Endpoint endpoint() const;

 private:
  class Served;

  std::unique_ptr<Served> served_;
  std::jthread thread_;
};

}  // namespace weir::detail::coordinator
