// Copies lines of JSON to a Kafka topic, a message each, and the messages of a topic to lines.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <weir/json_reader.hpp>
#include <weir/kafka.hpp>
#include <weir/weir.hpp>

namespace {

namespace op = weir::op;

/// Reads a member of an object as the text of a key.
struct KeyShape {
  using Value = std::string;
  std::string member;

  void read(const weir::JsonValue& json, std::string& key) const {
    const weir::JsonValue value = json[member];
    key = value.kind() == weir::JsonValue::Kind::kNumber ? std::to_string(value.get<std::int64_t>())
                                                         : value.get<std::string>();
  }
  void write(weir::JsonWriter& json, const std::string& key) const { json.value(key); }
};

/// What the command line asks for.
struct Job {
  std::vector<std::string> input;
  std::string output{"-"};
  std::string topic;
  std::string key;
  std::uint64_t partitions = 0;
  bool keys = false;
  bool follow = false;
};

/// Lines to messages.
void write_topic(weir::Dataflow& flow, const Job& job, const weir::KafkaFlags& kafka) {
  if (job.partitions > 0) {
    kafka.cluster().make_topic(job.topic, static_cast<int>(job.partitions));
  }
  const auto lines = flow.input("lines", weir::TextFiles{job.input});
  const auto output = [&](auto format) {
    return op::output("topic", weir::KafkaOutput{kafka.cluster(), job.topic, format}.pending(kafka.pending()));
  };
  if (job.key.empty()) {
    lines | output(weir::KafkaText{});
    return;
  }
  lines | op::map("key", [reader = weir::JsonReader{KeyShape{job.key}}](std::string line) mutable {
    std::string key;
    reader.read(line, key);
    return std::pair{std::move(key), std::move(line)};
  }) | output(weir::KafkaText{});
}

/// Messages to lines: the value, with --keys behind the key and a tab.
void read_topic(weir::Dataflow& flow, const Job& job, const weir::KafkaFlags& kafka) {
  const auto line_of = [keys = job.keys](const weir::KafkaRecord& record) {
    std::string line;
    if (keys) {
      line.append(record.key.value_or("")).append("\t");
    }
    return line.append(record.value.value_or(""));
  };
  weir::KafkaInput input{kafka.cluster(), {job.topic}, line_of};
  input.missing(kafka.missing());
  if (!job.follow) {
    input.stop_at_end();
  }
  flow.input("topic", std::move(input)) | op::output("lines", weir::TextFile{job.output});
}

weir::Dataflow build(const Job& job, const weir::KafkaFlags& kafka) {
  if (job.topic.empty()) {
    throw weir::UsageError{"--topic is missing: give the topic to write, or to read"};
  }
  weir::Dataflow flow{"kafka_log"};
  if (job.input.empty()) {
    read_topic(flow, job, kafka);
  } else {
    write_topic(flow, job, kafka);
  }
  return flow;
}

}  // namespace

int main(int argc, char** argv) {
  Job job;
  weir::Flags flags{"weir-kafka-log",
                    "Copies lines to a Kafka topic, a message each, if --input is given; else the messages of the "
                    "topic to lines. With --recovery each is copied once, through crashes."};
  const weir::KafkaFlags kafka{flags};
  flags.add("--topic", job.topic, "The topic to write or to read");
  flags.add("--input", job.input, "Lines to copy to the topic: files, directories, or - for standard input");
  flags.add("--key", job.key, "The member of a line's JSON object that is the key of its message; else it has none");
  flags.add("--make-topic", job.partitions, "Make the topic with this many partitions, if it is not there");
  flags.add("--output", job.output, "The file that the messages go to, one a line; - is standard output");
  flags.add("--keys", job.keys, "Write each message's key before its value, and a tab between them");
  flags.add("--follow", job.follow, "Go on reading when the end of the topic is reached");
  return weir::run_main(flags, argc, argv, [&] { return build(job, kafka); });
}
