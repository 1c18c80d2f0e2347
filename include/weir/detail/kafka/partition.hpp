#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "weir/detail/kafka/record_reader.hpp"
#include "weir/errors.hpp"
#include "weir/source.hpp"

namespace weir::detail::kafka {

/// A partition of a topic as a partition of a source. A `Decode` is called with a record and the emit.
template <typename T, typename Decode>
class TopicPartitionSource final : public SourcePartition<T> {
 public:
  TopicPartitionSource(Decode decode, const OpenConsumers& consumers, const Reading& reading, const std::string& name,
                       const std::optional<std::string>& position, const OpenContext& context)
      : decode_{std::move(decode)}, reader_{consumers, reading, name, position, context} {}

  Poll poll(Emit<T>& emit) override {
    const std::int64_t before = reader_.offset();
    const Poll answer = read(emit);
    return emit.emitted() == 0 && reader_.offset() != before ? answer.moved() : answer;
  }

  [[nodiscard]] std::string position() const override { return reader_.position(); }
  [[nodiscard]] bool hears_decisions() const override { return reader_.commits(); }
  void decided(const std::string& position) override { reader_.decided(position); }
  // So that a run that resumes knows which partitions are new.
  [[nodiscard]] bool begins_with_position() const override { return true; }
  [[nodiscard]] std::optional<SourceProgress> progress() const override { return reader_.progress(); }
  [[nodiscard]] bool bounded() const override { return reader_.bounded(); }

 private:
  // Records that emit nothing do not close the emit, and other partitions wait meanwhile.
  static constexpr std::size_t kMostRecords = 4096;

  Poll read(Emit<T>& emit) {
    for (std::size_t taken = 0; taken < kMostRecords && emit.open(); ++taken) {
      switch (reader_.next()) {
        case RecordReader::Next::kRecord:
          decode(emit);
          break;
        case RecordReader::Next::kSkipped:
          break;
        case RecordReader::Next::kNothing:
          return reader_.nothing();
        case RecordReader::Next::kEnd:
          return Poll::end();
      }
    }
    return Poll::more();
  }

  void decode(Emit<T>& emit) {
    const KafkaRecord& record = reader_.record();
    try {
      decode_(record, emit);
    } catch (const InputError& error) {
      std::string what = reader_.place() + ": " + error.what();
      if (!emit.takes_bad_records()) {
        std::throw_with_nested(InputError{what});
      }
      emit.bad_record(std::move(what), std::string{record.value.value_or(std::string_view{})});
    }
  }

  Decode decode_;
  RecordReader reader_;
};

}  // namespace weir::detail::kafka
