#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "output/blocks.hpp"
#include "output/segment_writer.hpp"
#include "weir/sink.hpp"

namespace weir::detail::output {

/// Lines or rows of an output that holds decided ones alone.
class SegmentPartition final : public TransactionalPartition<std::string> {
 public:
  /// @param behind  appended to each line
  SegmentPartition(std::shared_ptr<SegmentWriter> writer, std::string_view behind)
      : writer_{std::move(writer)}, blocks_{behind} {}

  void write(std::string&& line) override {
    blocks_.add(line);
    if (blocks_.full()) {
      flush();
    }
  }

  [[nodiscard]] bool ready() override { return writer_->waiting_bytes() < kMaxWaitingBytes; }

  void flush() override {
    if (!blocks_.empty()) {
      writer_->append(blocks_.take());
    }
  }

  void prepare(Epoch /*epoch*/) override {
    flush();
    writer_->prepare();
  }

  [[nodiscard]] std::optional<std::string> prepared() override { return writer_->take_token(); }
  void commit() override { writer_->commit(); }
  [[nodiscard]] bool committed() override { return writer_->committed(); }

 private:
  std::shared_ptr<SegmentWriter> writer_;
  Blocks blocks_;
};

}  // namespace weir::detail::output
