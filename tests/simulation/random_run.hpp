#pragma once

#include "simulation/driver.hpp"
#include "simulation/rng.hpp"

namespace weir::simulation {

/// How a run is laid out, but for what concerns snapshots.
inline RunShape random_shape(Rng& rng) {
  RunShape shape;
  shape.workers = WorkerCount{static_cast<std::uint32_t>(rng.between(1, 6))};
  shape.channels = {.depth = rng.between(1, 4), .buffer_bytes = rng.between(1, 400)};
  shape.exchange = rng.percent(30) ? detail::exchange::ExchangeMode::kMove : detail::exchange::ExchangeMode::kCereal;
  shape.tables.seed = rng.next();
  if (rng.percent(50)) {
    shape.tables.cached_bytes = rng.between(0, 400);
  }
  if (rng.percent(50)) {
    shape.lead = rng.between(1, 200);
  }
  return shape;
}

/// What disturbs a run and does not end it.
inline Faults random_disturbances(Rng& rng) {
  Faults faults;
  faults.lies_percent = rng.percent(40) ? rng.between(1, 30) : 0;
  faults.epoch_percent = rng.percent(80) ? rng.between(1, 60) : 0;
  faults.starved_percent = rng.percent(40) ? rng.between(1, 10) : 0;
  faults.hour_passes_permille = rng.percent(20) ? rng.between(1, 50) : 0;
  faults.clock_set_permille = rng.percent(20) ? rng.between(1, 50) : 0;
  return faults;
}

}  // namespace weir::simulation
