#pragma once

#include <functional>
#include <string>

#include "weir/weir.hpp"

namespace weir {

/// What the code of a step is given on the only worker of a run without recovery.
class OnlyWorker {
 public:
  detail::runtime::StageState stage;

  /// Of a step without inputs and outputs.
  detail::graph::OperatorParts parts(const std::string& step_id) {
    return {
        .site = {step_id, {WorkerIndex{0}, WorkerCount{1}}, &stage, {}, &activity_, {1}},
        .waker = waker_,
        .io = io_,
        .resume = nullptr,
        .outputs = {},
        .consumed = {},
        .inputs = {},
        .options = {},
    };
  }

 private:
  struct NoWaker final : detail::WakeTarget {
    void wake() override {}
  };
  struct NoIoThread final : IoThread {
    void submit(std::function<void()> job) override { job(); }
    void when_readable(int /*descriptor*/, std::function<void()> job) override { job(); }
    void when_writable(int /*descriptor*/, std::function<void()> job) override { job(); }
  };

  detail::runtime::Activity activity_;
  NoWaker waker_;
  NoIoThread io_;
};

}  // namespace weir
