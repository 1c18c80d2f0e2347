#!/usr/bin/env bash
# librdkafka 2.16.0 (confluent-kafka 2.16.1) puts a key into another partition than other Kafka clients do.
#
# Guess: clients agree on the partition of a key, so two topics that they write can be joined partition by partition.
# And an empty key is a key, which has one partition.
# Seen: kafka-python 3.0.12 hashes keys by murmur2, as Java's client does. librdkafka uses CRC32 by default, and agrees
# on about as many keys as chance does. It spreads records with an empty key over all partitions, like records without
# a key. With partitioner=murmur2_random it agrees on all keys, and the empty key has one partition.
#
# It installs the packages into a temporary folder and removes that at the end. It runs without weir, and fails if the
# behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check confluent-kafka==2.16.1 kafka-python==3.0.12

found=$("$work/python/bin/python" - <<'PYTHON'
from confluent_kafka import Producer
from kafka.partitioner.default import murmur2

keys = [b"key %d" % i for i in range(200)]
empty = [b""] * 100


def partitions_by_librdkafka(config):
    broker = {"bootstrap.servers": "unused:1", "test.mock.num.brokers": 1, "log_level": 0}
    # Each record without a key gets a partition of its own, not each batch.
    producer = Producer({**broker, "sticky.partitioning.linger.ms": 0, **config})
    count = len(producer.list_topics("orders", timeout=60).topics["orders"].partitions)
    found = []

    def delivered(error, record):
        found.append((record.key() or b"", record.partition()))

    for key in keys + empty:
        producer.produce("orders", b"", key, on_delivery=delivered)
    if producer.flush(60) != 0:
        raise SystemExit("the broker took no records")
    return count, found


for name, config in (("by default", {}), ("murmur2_random", {"partitioner": "murmur2_random"})):
    count, found = partitions_by_librdkafka(config)
    alike = sum((murmur2(key) & 0x7FFFFFFF) % count == partition for key, partition in found if key)
    used = len({partition for key, partition in found if not key})
    print(f"{name}: {'all' if alike == len(keys) else 'some'} keys as in kafka-python, ", end="")
    print(f"the empty key in {used} of {count} partitions")
PYTHON
)
expected=$(cat <<'EXPECTED'
by default: some keys as in kafka-python, the empty key in 4 of 4 partitions
murmur2_random: all keys as in kafka-python, the empty key in 1 of 4 partitions
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
