#!/usr/bin/env bash
# librdkafka 2.16.0 (confluent-kafka 2.16.1) stores a record of time 0 with the current time.
#
# Guess: a record with the timestamp 0 is from 1970-01-01 00:00. The timestamp 1 is a millisecond later.
# Seen: the record with timestamp 1 has that time. The one with timestamp 0 has the time at which it was sent. So
# history that starts at the epoch, or a clock of a test that starts at 0, gets one record of today.
#
# It installs the packages into a temporary folder and removes that at the end. It runs without weir, and fails if the
# behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check confluent-kafka==2.16.1

found=$("$work/python/bin/python" - <<'PYTHON'
import time
from confluent_kafka import Consumer, Producer, TopicPartition

producer = Producer({"bootstrap.servers": "unused:1", "test.mock.num.brokers": 1, "log_level": 0})
begin = int(time.time() * 1000)
for timestamp in (0, 1, 2):
    producer.produce("history", str(timestamp), partition=0, timestamp=timestamp)
if producer.flush(60) != 0:
    raise SystemExit("the broker took no records")
brokers = producer.list_topics(timeout=60).brokers.values()
consumer = Consumer(
    {"bootstrap.servers": ",".join(f"{broker.host}:{broker.port}" for broker in brokers), "group.id": "reader"}
)
consumer.assign([TopicPartition("history", 0, 0)])
for record in consumer.consume(3, timeout=60):
    stored = record.timestamp()[1]
    print("sent with", record.value().decode(), "stored with", "the current time" if stored >= begin else stored)
consumer.close()
PYTHON
)
expected=$(cat <<'EXPECTED'
sent with 0 stored with the current time
sent with 1 stored with 1
sent with 2 stored with 2
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
