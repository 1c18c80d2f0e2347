#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "application/port.hpp"
#include "application/sim_kafka.hpp"
#include "simulation/rng.hpp"

namespace weir::simulation {

/// A process that uses a simulated cluster.
class SimClient {
 public:
  SimClient() = default;
  SimClient(const SimClient&) = delete;
  SimClient& operator=(const SimClient&) = delete;
  virtual ~SimClient() = default;

  [[nodiscard]] virtual SimKafka& kafka() noexcept = 0;
  [[nodiscard]] virtual Rng& rng() noexcept = 0;
  /// Between any two requests the world may go on.
  virtual void yield() = 0;
  /// Its requests go nowhere any more.
  [[nodiscard]] virtual bool killed() const noexcept = 0;
  [[nodiscard]] virtual std::string fresh_id() = 0;
};

/// As a client keeps it of an assignment.
struct SimMembership final : detail::application::Membership {
  SimMembership(std::string of, int in) : member{std::move(of)}, generation{in} {}
  std::string member;
  int generation;
};

/// The cluster, as the protocol sees it.
class SimPort final : public detail::application::Port {
 public:
  explicit SimPort(SimClient& client) : client_{&client} {}

  [[nodiscard]] std::unique_ptr<detail::application::TransactionSender> make_sender(const std::string& id) override;
  [[nodiscard]] std::vector<std::optional<std::int64_t>> committed(const std::vector<Place>& places) override;
  [[nodiscard]] std::int64_t end_of(const Place& place) override;
  [[nodiscard]] std::unique_ptr<detail::application::Reading> read(const std::vector<Place>& places) override;
  [[nodiscard]] std::string fresh_id() override { return client_->fresh_id(); }
  [[nodiscard]] Time now() override { return client_->kafka().now(); }
  void pause() override { client_->yield(); }

 private:
  void step();

  SimClient* client_;
};

}  // namespace weir::simulation
