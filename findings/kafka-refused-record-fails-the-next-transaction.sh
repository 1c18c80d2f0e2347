#!/usr/bin/env bash
# librdkafka 2.16.0 (confluent-kafka 2.16.1): a refused record fails the next transaction, too (Kafka 4.4.0).
#
# Guess: a record whose time is too far ahead is refused, and those beside it are not. After abort_transaction, the next
# transaction has nothing to do with it.
# Seen: all records of the batch fail with the same error, so the error does not tell which record is wrong. After the
# abort, the next transaction, of valid records alone, fails with OUT_OF_ORDER_SEQUENCE_NUMBER. After a second abort,
# the third one commits. A program that gives up at the second failure in a row gives up too early.
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
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

broker = {"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], "log_level": 0}
admin = AdminClient(broker)
admin.create_topics([NewTopic("orders", 1, 1)])["orders"].result(60)
# All records of a transaction are sent in one batch.
producer = Producer({**broker, "transactional.id": "id", "linger.ms": 1000})
producer.init_transactions(60)
now = int(time.time() * 1000)
in_a_week = now + 7 * 24 * 60 * 60 * 1000


def transaction(times):
    results = []
    producer.begin_transaction()
    for one in times:
        producer.produce("orders", "", timestamp=one, on_delivery=lambda error, _: results.append(error))
    try:
        producer.flush(60)
        producer.commit_transaction(60)
        outcome = "committed"
    except KafkaException as failed:
        outcome = failed.args[0].name()
        producer.abort_transaction(60)
    delivered = sum(error is None for error in results)
    names = {error.name() for error in results if error is not None}
    print(f"{delivered} of {len(times)} records delivered; {outcome}", *sorted(names))


transaction([now, in_a_week, now])
transaction([now, now])
transaction([now, now])
PYTHON
)
expected=$(cat <<'EXPECTED'
0 of 3 records delivered; INVALID_TIMESTAMP INVALID_TIMESTAMP
0 of 2 records delivered; OUT_OF_ORDER_SEQUENCE_NUMBER _PURGE_QUEUE
2 of 2 records delivered; committed
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
