#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <thread>

#include "floor_link.hpp"
#include "measured.hpp"
#include "mix.hpp"
#include "workloads.hpp"

namespace weir::bench {

/// The floor of X: half of the records are made on each of two threads, and every record whose lowest bit names the
/// other thread crosses, in the bytes that weir's own exchange gives it.
class RecordsFloor {
 public:
  static Outcome run(std::uint64_t records) {
    Outcome outcome;
    outcome.events = records;
    outcome.seconds = seconds_of([&] {
      const auto both = std::make_unique<RecordsFloor>();
      {
        const std::jthread other{[&] { both->work(1, records); }};
        both->work(0, records);
      }
      for (const Tally& tally : both->tallies_) {
        outcome.outputs += tally.outputs;
        outcome.sum ^= tally.sum;
      }
    });
    return outcome;
  }

 private:
  static constexpr std::size_t kRecordBytes = sizeof(std::uint64_t);
  static constexpr std::size_t kRecordsPerBuffer = 4096;

  struct Buffer {
    std::size_t records = 0;
    // The last record is written before it is known to stay.
    std::array<std::byte, (kRecordsPerBuffer + 1) * kRecordBytes> bytes;
  };

  void work(std::size_t me, std::uint64_t records) {
    Tally& tally = tallies_[me];
    bool heard_end = false;
    const auto drain = [&] { return link_.drain(me, [&](const Buffer& buffer) { add(tally, buffer, heard_end); }); };
    const auto free_buffer = [&]() -> Buffer& {
      while (!link_.has_room(me)) {
        if (!drain()) {
          link_.park(me, [&] { return link_.has_room(me) || link_.has_input(me); });
        }
      }
      return link_.open(me);
    };
    for (std::uint64_t next = me; next < records;) {
      next = fill(free_buffer(), tally, me, next, records);
      link_.publish(me);
      drain();
    }
    free_buffer().records = 0;  // an empty buffer is the end
    link_.publish(me);
    while (!heard_end) {
      if (!drain()) {
        link_.park(me, [&] { return link_.has_input(me); });
      }
    }
  }

  // Makes records until the buffer is full; those that stay are added up at once. No branch hangs on where one goes,
  // since a coin toss is mispredicted half of the time.
  static std::uint64_t fill(Buffer& buffer, Tally& tally, std::uint64_t me, std::uint64_t next, std::uint64_t records) {
    std::byte* at = buffer.bytes.data();
    std::size_t crossing = 0;
    std::uint64_t kept = 0;
    std::uint64_t sum = 0;
    while (next < records && crossing < kRecordsPerBuffer) {
      const std::uint64_t record = mix(next);
      next += 2;
      const std::uint64_t crosses = (record ^ me) & 1;
      std::memcpy(at, &record, sizeof(record));
      at += crosses * kRecordBytes;
      crossing += crosses;
      kept += 1 - crosses;
      sum ^= record & (crosses - 1);
    }
    buffer.records = crossing;
    tally.outputs += kept;
    tally.sum ^= sum;
    return next;
  }

  static void add(Tally& tally, const Buffer& buffer, bool& heard_end) {
    heard_end = heard_end || buffer.records == 0;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < buffer.records; ++i) {
      std::uint64_t record = 0;
      std::memcpy(&record, buffer.bytes.data() + i * kRecordBytes, sizeof(record));
      sum ^= record;
    }
    tally.outputs += buffer.records;
    tally.sum ^= sum;
  }

  FloorLink<Buffer> link_;
  std::array<Tally, 2> tallies_;
};

}  // namespace weir::bench
