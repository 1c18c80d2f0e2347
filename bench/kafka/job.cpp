// What does a job on Kafka cost in weir? Counts events by user, and sends the count of each event that closes; with
// --recovery exactly-once, counts included.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <weir/kafka.hpp>
#include <weir/weir.hpp>

#include "event.hpp"

namespace {

using namespace weir::bench::kafka;
namespace op = weir::op;

constexpr std::size_t kMostWorkers = 64;

struct Job {
  std::string topic;
  std::string output;
  bool follow = false;
  bool stall = false;
};

/// What one worker read.
struct alignas(64) Total {
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
};

/// Emits how often the key has come where `closes`.
struct Count {
  using State = std::uint64_t;
  using Output = std::uint64_t;

  static void on_item(const std::uint64_t& /*user*/, std::optional<State>& count, bool&& closes,
                      weir::KeyedEmit<std::uint64_t, Output>& emit) {
    count = count.value_or(0) + 1;
    if (closes) {
      emit(*count);
    }
  }
};

template <typename Decoder>
weir::KafkaInput<Decoder> input_of(const Job& job, const weir::KafkaFlags& kafka, Decoder decoder) {
  weir::KafkaInput<Decoder> input{kafka.cluster(), {job.topic}, std::move(decoder)};
  if (!job.follow) {
    input.stop_at_end();
  }
  return input;
}

void count(weir::Dataflow& flow, const Job& job, const weir::KafkaFlags& kafka) {
  flow.input("events", input_of(job, kafka, event_shape())) |
      op::map("user", [](const Event& event) { return std::pair{event.user, event.type == kClosing}; }) |
      op::stateful("count", Count{}) |
      op::output("counts", weir::KafkaOutput{kafka.cluster(), job.output, weir::KafkaText{}});
}

void read_only(weir::Dataflow& flow, const Job& job, const weir::KafkaFlags& kafka, std::vector<Total>& totals) {
  const auto size_of = [stall = job.stall](const weir::KafkaRecord& record) {
    while (stall) {
      std::this_thread::sleep_for(std::chrono::seconds{1});
    }
    return std::uint64_t{record.value.value_or("").size()};
  };
  flow.input("events", input_of(job, kafka, size_of)) |
      op::output("bytes", weir::ManualOutput{[&](std::size_t worker_index, std::size_t) {
                   return [total = &totals[worker_index]](std::uint64_t size) {
                     ++total->events;
                     total->bytes += size;
                   };
                 }});
}

weir::Dataflow build(const Job& job, const weir::KafkaFlags& kafka, std::vector<Total>& totals) {
  if (job.topic.empty()) {
    throw weir::UsageError{"--topic is missing: give the topic to read"};
  }
  weir::Dataflow flow{"kafka_bench"};
  if (job.output.empty()) {
    read_only(flow, job, kafka, totals);
  } else {
    count(flow, job, kafka);
  }
  return flow;
}

}  // namespace

int main(int argc, char** argv) {
  Job job;
  weir::Flags flags{"weir-kafka-job", "Counts the events of a topic by user; without --output it only reads them."};
  const weir::KafkaFlags kafka{flags};
  flags.add("--topic", job.topic, "The topic to read");
  flags.add("--output", job.output, "The topic for the counts");
  flags.add("--follow", job.follow, "Go on reading when the end of the topic is reached");
  flags.add("--stall", job.stall, "Read one message and no more, and wait until the program is killed");
  std::vector<Total> totals(kMostWorkers);
  const int exit = weir::run_main(flags, argc, argv, [&] { return build(job, kafka, totals); });
  if (exit == 0 && job.output.empty()) {
    Total total;
    for (const Total& one : totals) {
      total.events += one.events;
      total.bytes += one.bytes;
    }
    std::cout << total.events << " events, " << total.bytes << " bytes\n";
  }
  return exit;
}
