#!/usr/bin/env bash
# librdkafka 2.16.0 (confluent-kafka 2.16.1) commits empty transactions of a producer that is fenced (Kafka 4.4.0).
#
# Guess: once a second producer has the transactional.id, a commit of the first fails. So a commit that succeeds proves
# that this process is still the one.
# Seen: a transaction without records commits without an error, again and again. Only the first one with a record fails.
# A process with nothing to send does not learn that it was replaced.
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
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

broker = {"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], "log_level": 0}
admin = AdminClient(broker)
admin.create_topics([NewTopic("orders", 1, 1)])["orders"].result(60)


def producer_of_the_id():
    producer = Producer({**broker, "transactional.id": "shared"})
    producer.init_transactions(60)
    return producer


def transaction(producer, records):
    try:
        producer.begin_transaction()
        for record in records:
            producer.produce("orders", record)
        producer.commit_transaction(60)
        return "committed"
    except KafkaException as failed:
        return failed.args[0].name()


first = producer_of_the_id()
second = producer_of_the_id()
for _ in range(3):
    print("first producer, no record:", transaction(first, []))
print("first producer, one record:", transaction(first, ["a"]))
print("second producer, one record:", transaction(second, ["b"]))
PYTHON
)
expected=$(cat <<'EXPECTED'
first producer, no record: committed
first producer, no record: committed
first producer, no record: committed
first producer, one record: _FENCED
second producer, one record: committed
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
