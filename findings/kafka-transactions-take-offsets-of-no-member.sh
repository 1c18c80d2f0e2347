#!/usr/bin/env bash
# Kafka 4.4.0 takes offsets of a live group from a transaction of no member (librdkafka 2.16.0, confluent-kafka 2.16.1).
#
# Guess: while a group has members, only they commit its offsets. Anyone else gets UNKNOWN_MEMBER_ID.
# Seen: that holds for a plain commit. Offsets that are sent with a transaction are taken, if the group's metadata comes
# from a consumer that never joined: it has neither a member nor a generation, so the broker checks neither. A process
# that was expelled is fenced only if it sends the metadata of its own membership.
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
group = {**broker, "group.id": "group", "enable.auto.commit": False}

member = Consumer(group)
member.subscribe(["orders"])
deadline = time.time() + 60
while not member.assignment():
    if time.time() > deadline:
        raise SystemExit("the member was assigned nothing")
    member.poll(0.2)
stranger = Consumer(group)


def plain(offset):
    stranger.commit(offsets=[TopicPartition("orders", 0, offset)], asynchronous=False)


def in_transaction(offset):
    producer = Producer({**broker, "transactional.id": "of no member"})
    producer.init_transactions(60)
    producer.begin_transaction()
    producer.send_offsets_to_transaction(
        [TopicPartition("orders", 0, offset)], stranger.consumer_group_metadata(), 60
    )
    producer.commit_transaction(60)


for case, commit, offset in (("plain", plain, 4), ("in a transaction", in_transaction, 5)):
    try:
        commit(offset)
        print(f"a stranger commits {offset} {case}: ok")
    except KafkaException as failed:
        print(f"a stranger commits {offset} {case}: {failed.args[0].name()}")
print("the member finds", member.committed([TopicPartition("orders", 0)], 60)[0].offset)
member.close()
stranger.close()
PYTHON
)
expected=$(cat <<'EXPECTED'
a stranger commits 4 plain: UNKNOWN_MEMBER_ID
a stranger commits 5 in a transaction: ok
the member finds 5
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
