#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "exchange/channel.hpp"
#include "worker/worker.hpp"

namespace weir::detail::coordinator {

/// Two workers without steps, which no thread runs and nobody wakes.
class WithTwoWorkers : public ::testing::Test {
 protected:
  WithTwoWorkers() {
    for (std::uint32_t index = 0; index < 2; ++index) {
      workers_.push_back(std::make_unique<worker::Worker>(WorkerContext{WorkerIndex{index}, WorkerCount{2}}, control_,
                                                          activator_, std::vector<exchange::ReadyWord<>*>{},
                                                          worker::EpochSettings{}));
    }
  }

 private:
  struct NobodyIsWoken final : exchange::Activator {
    void wake(WorkerIndex /*worker*/) override {}
    void wake_for_room(WorkerIndex /*worker*/) override {}
  };

  NobodyIsWoken activator_;

 protected:
  worker::Control control_;
  std::vector<std::unique_ptr<worker::Worker>> workers_;
};

}  // namespace weir::detail::coordinator
