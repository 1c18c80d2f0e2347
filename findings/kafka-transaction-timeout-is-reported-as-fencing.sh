#!/usr/bin/env bash
# librdkafka 2.16.0 (confluent-kafka 2.16.1) reports a transaction that timed out as a second producer (Kafka 4.4.0).
#
# Guess: a producer that commits after its transaction's timeout learns that it was too late. "Fenced by a newer
# instance" means that another process uses its transactional.id.
# Seen: both give _FENCED, fatal, with the same text; in the first case nobody else has used the id. So a program that
# stops when it is fenced stops after a long pause, too. One that starts anew when it is fenced fights with a real
# second process.
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

broker = {"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], "log_level": 0}
admin = AdminClient(broker)
admin.create_topics([NewTopic("orders", 1, 1)])["orders"].result(60)


def begin(name, **config):
    producer = Producer({**broker, "transactional.id": name, **config})
    producer.init_transactions(60)
    producer.begin_transaction()
    producer.produce("orders", name)
    producer.flush(60)
    return producer


def commit(case, producer):
    try:
        producer.commit_transaction(60)
        print(f"{case}: committed")
    except KafkaException as failed:
        error = failed.args[0]
        print(f"{case}: {error.name()}, {'fatal' if error.fatal() else 'not fatal'}: {error.str()}")


late = begin("late", **{"transaction.timeout.ms": 2000})
reader = Consumer({**broker, "group.id": "reader", "isolation.level": "read_committed"})
deadline = time.time() + 60
while reader.get_watermark_offsets(TopicPartition("orders", 0), timeout=60)[1] < 2:
    if time.time() > deadline:
        raise SystemExit("the broker has not ended the transaction")
    time.sleep(0.1)
commit("after the timeout, alone", late)

older = begin("shared")
begin("shared")
commit("after a second producer began", older)
reader.close()
PYTHON
)
expected=$(cat <<'EXPECTED'
after the timeout, alone: _FENCED, fatal: Failed to end transaction: Local: This instance has been fenced by a newer instance
after a second producer began: _FENCED, fatal: Failed to end transaction: Local: This instance has been fenced by a newer instance
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
