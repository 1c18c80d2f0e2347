#!/usr/bin/env bash
# A commit that Kafka 4.4.0 acknowledged (client: librdkafka 2.16.0) is never finished if its only broker is killed then.
#
# Guess: when commit_transaction has returned, a kill of the broker cannot undo it: the coordinator has the decision on
# its disk, and carries it out when it starts again.
# Seen: the coordinator starts while no partition has a leader, takes them for deleted, leaves them out ("Couldn't find
# leader endpoint for partitions ... likely deleted already and hence can be skipped"), and holds the transaction for
# finished. Its records stay unseen, those of all others behind them too, and the group's offset is never answered. An
# aborted transaction of the same transactional id ends that: the records that were acknowledged are gone then.
# The coordinator's own requests are held back for a moment, so that the kill comes between the acknowledgement and them.
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

found=$(BROKER="$broker" "$broker" run --seconds 300 --set inter.broker.listener.name=RELAYED -- "$work/python/bin/python" - <<'PYTHON'
import os
import socket
import struct
import subprocess
import threading
import time
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

WRITE_TXN_MARKERS = 27  # from the coordinator to the leaders of partitions
held, holding, release = threading.Event(), threading.Event(), threading.Event()


def address(name):
    host, port = os.environ[name].split(":")
    return host, int(port)


def exactly(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise OSError
        data += more
    return data


def pump(source, target, requests):
    try:
        while True:
            size = exactly(source, 4)
            data = exactly(source, struct.unpack(">i", size)[0])
            if requests and holding.is_set() and struct.unpack(">h", data[:2])[0] == WRITE_TXN_MARKERS:
                held.set()
                release.wait()
            target.sendall(size + data)
    except OSError:
        source.close()
        target.close()


def relay():
    server = socket.create_server(address("KAFKA_RELAY_LISTEN"))
    while True:
        source, _ = server.accept()
        try:
            target = socket.create_connection(address("KAFKA_RELAY_FORWARD"))
        except OSError:
            source.close()
            continue
        threading.Thread(target=pump, args=(source, target, True), daemon=True).start()
        threading.Thread(target=pump, args=(target, source, False), daemon=True).start()


threading.Thread(target=relay, daemon=True).start()
config = {"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], "log_level": 0}
reader = {**config, "group.id": "group", "enable.auto.commit": False, "auto.offset.reset": "earliest"}
admin = AdminClient(config)
admin.create_topics([NewTopic("orders", 1, 1)])["orders"].result(60)


def begin():
    producer = Producer({**config, "transactional.id": "id"})
    for _ in range(60):
        try:
            producer.init_transactions(10)
            break
        except KafkaException as failed:
            if not failed.args[0].retriable():
                raise
    producer.begin_transaction()
    return producer


def send(producer, value, offset):
    group = Consumer(reader)
    producer.produce("orders", value)
    producer.flush(60)
    producer.send_offsets_to_transaction([TopicPartition("orders", 0, offset)], group.consumer_group_metadata(), 60)


def show(when):
    consumer = Consumer({**reader, "isolation.level": "read_committed"})
    try:
        offset = consumer.committed([TopicPartition("orders", 0)], 10)[0].offset
    except KafkaException as failed:
        offset = failed.args[0].name()
    consumer.assign([TopicPartition("orders", 0, 0)])
    values, end = [], time.time() + 5
    while time.time() < end:
        message = consumer.poll(0.2)
        if message and not message.error():
            values.append(message.value().decode())
    consumer.close()
    print(f"{when}: the group's offset is {offset}, readers see {values}")


producer = begin()
send(producer, "first", 1)
producer.commit_transaction(60)
show("before")
producer.begin_transaction()
send(producer, "acknowledged", 2)
holding.set()
producer.commit_transaction(60)
print("the commit is acknowledged")
held.wait()
broker, folder = os.environ["BROKER"], os.environ["KAFKA_FOLDER"]
subprocess.run([broker, "kill", folder], check=True)
holding.clear()
release.set()
subprocess.run([broker, "restart", folder], check=True)
producer = begin()
producer.abort_transaction(60)
show("after the restart and an init of the same id")
producer = begin()
send(producer, "aborted", 3)
producer.abort_transaction(60)
show("after an abort of the same id in the same places")
PYTHON
)
expected=$(cat <<'EXPECTED'
before: the group's offset is 1, readers see ['first']
the commit is acknowledged
after the restart and an init of the same id: the group's offset is _TIMED_OUT, readers see ['first']
after an abort of the same id in the same places: the group's offset is 1, readers see ['first']
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
