// Reads a topic of a broker that is not there.
#include <string>

#include <weir/kafka.hpp>
#include <weir/weir.hpp>

int main(int argc, char** argv) {
  weir::Flags flags{"kafka_consumer", "Prints the values of a Kafka topic."};
  const weir::KafkaFlags kafka{flags};
  return weir::run_main(flags, argc, argv, [&] {
    weir::Dataflow flow{"kafka_consumer"};
    flow.input("topic", weir::KafkaInput{kafka.cluster(),
                                         {"topic"},
                                         [](const weir::KafkaRecord& record) {
                                           return std::string{record.value.value_or("")};
                                         }}) |
        weir::op::output("out", weir::StandardOutput{});
    return flow;
  });
}
