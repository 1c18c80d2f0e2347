#pragma once

#include <functional>
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
  using Check = std::function<void(std::string_view line)>;

  /// @param behind  appended to each line
  /// @param check   throws if the target would refuse the line; none: it takes any
  SegmentPartition(std::shared_ptr<SegmentWriter> writer, std::string_view behind, Check check = nullptr)
      : writer_{std::move(writer)}, blocks_{behind}, check_{std::move(check)} {}
  SegmentPartition(const SegmentPartition&) = delete;
  SegmentPartition& operator=(const SegmentPartition&) = delete;
  ~SegmentPartition() override { writer_->give_up(); }

  void write(std::string&& line) override {
    if (check_) {
      check_(line);
    }
    blocks_.add(line);
    if (blocks_.full()) {
      flush();
    }
  }

  [[nodiscard]] bool ready() override { return writer_->ready(); }

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
  Check check_;
};

}  // namespace weir::detail::output
