#!/usr/bin/env bash
# What a Kafka consumer asks of a broker is answered only when its fetch is (Kafka 4.4.0, librdkafka 2.16.0).
#
# Guess: fetch.wait.max.ms is how long a consumer waits for messages at the end of a partition. Other requests, such as
# one for metadata, are answered in milliseconds meanwhile.
# Seen: a broker answers the requests of one connection in turn, and librdkafka fetches on the connection on which it
# asks. With fetch.wait.max.ms=4000, a request for metadata with a limit of 1 s ends with _TIMED_OUT, as if the broker
# could not be reached, several times of ten. With a limit of 9 s it is answered, once after more than a second.
#
# It installs the client into a temporary folder and starts a broker with its data in another, and removes both at the
# end. It runs without weir, and fails if the behaviour changes. It needs Java and Maven for the broker; without them it
# exits with 77.
set -euo pipefail
broker=$(cd "$(dirname "${BASH_SOURCE[0]}")/../workers/kafka-demo" && pwd)/broker
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check confluent-kafka==2.16.1

found=$("$broker" run --seconds 300 -- "$work/python/bin/python" - <<'PYTHON'
import os
import time
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

config = {"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], "log_level": 0}
admin = AdminClient(config)
admin.create_topics([NewTopic("quiet", 1, 1)])["quiet"].result(60)
producer = Producer(config)
producer.produce("quiet", b"one")
producer.flush(60)


def ask(wait_ms, limit):
    consumer = Consumer({**config, "group.id": "group", "fetch.wait.max.ms": wait_ms, "socket.timeout.ms": 60000})
    consumer.assign([TopicPartition("quiet", 0, 0)])
    assert consumer.poll(60) is not None
    failed, longest = 0, 0.0
    for _ in range(10):
        consumer.poll(0.3)  # a fetch is on its way
        begun = time.time()
        try:
            consumer.list_topics("quiet", timeout=limit)
            longest = max(longest, time.time() - begun)
        except KafkaException as error:
            failed += 1
            names.add(error.args[0].name())
    consumer.close()
    return failed, longest


names = set()
failed, longest = ask(100, 1)
print(f"100 ms: all are answered in a second: {failed == 0 and longest < 1}")
failed, _ = ask(4000, 1)
print(f"4000 ms, limit of 1 s: several fail: {failed >= 3}, {sorted(names)}")
failed, longest = ask(4000, 9)
print(f"4000 ms, limit of 9 s: all are answered: {failed == 0}, one after more than a second: {longest > 1}")
PYTHON
)
expected=$(cat <<'EXPECTED'
100 ms: all are answered in a second: True
4000 ms, limit of 1 s: several fail: True, ['_TIMED_OUT']
4000 ms, limit of 9 s: all are answered: True, one after more than a second: True
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
