#!/usr/bin/env bash
# librdkafka's limit on messages that wait (2.16.0) does not count what a message takes besides its key and value.
#
# Guess: queued.max.messages.kbytes=8192 bounds what a consumer holds to some 8 MiB, and somewhat more for its own needs.
# Seen: of messages of 10 bytes it holds 8 MiB of values, which are more than 800,000 messages, and the process grows by
# 270 MiB. A message takes 330 bytes besides. Where messages are small, their number has to be bounded as well:
# queued.min.messages does that, by ending the fetches. It is 100,000 by default, for each partition.
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
import json
import os
import time
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

LIMIT_KIB, VALUE, MESSAGES = 8192, b"0123456789", 1_500_000
config = {"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], "log_level": 0}
admin = AdminClient(config)
admin.create_topics([NewTopic("small", 1, 1)])["small"].result(60)
producer = Producer({**config, "linger.ms": 50, "queue.buffering.max.messages": 200_000})
for _ in range(MESSAGES):
    while True:
        try:
            producer.produce("small", VALUE)
            break
        except BufferError:
            producer.poll(0.1)
producer.flush(120)
del producer


def resident_kib():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


held = {}


def note(text):
    partition = json.loads(text)["topics"].get("small", {}).get("partitions", {}).get("0", {})
    held.update(count=partition.get("fetchq_cnt", 0), size=partition.get("fetchq_size", 0))


consumer = Consumer({**config, "group.id": "group", "queued.max.messages.kbytes": LIMIT_KIB,
                     "queued.min.messages": 10_000_000, "statistics.interval.ms": 200, "stats_cb": note})
before = resident_kib()
consumer.assign([TopicPartition("small", 0, 0)])
last, end = -1, time.time() + 120
while time.time() < end and (held.get("count", 0) == 0 or held["count"] != last):
    last = held.get("count", 0)
    time.sleep(2)
    consumer.poll(0)  # statistics come by it; it takes a message too
grown = resident_kib() - before
print(f"values that wait are at most the limit and one fetch: {held['size'] <= (LIMIT_KIB + 2048) * 1024}")
print(f"more than half of the limit's values wait: {held['size'] > LIMIT_KIB * 1024 / 2}")
print(f"the process grew by more than ten times the limit: {grown > 10 * LIMIT_KIB}")
print(f"a message takes more than 150 bytes besides its value: {grown * 1024 / held['count'] > 150 + len(VALUE)}")
PYTHON
)
expected=$(cat <<'EXPECTED'
values that wait are at most the limit and one fetch: True
more than half of the limit's values wait: True
the process grew by more than ten times the limit: True
a message takes more than 150 bytes besides its value: True
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
