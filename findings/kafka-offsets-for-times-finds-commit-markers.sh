#!/usr/bin/env bash
# Kafka 4.4.0 finds commit markers when asked for the offset of a time (librdkafka 2.16.0, confluent-kafka 2.16.1).
#
# Guess: offsets_for_times gives the offset of the first record at or after a time, and none if all records are older.
# Seen: that holds for records of no transaction. After a transaction, the answer is the offset of its commit marker,
# which has the time of the commit, though no reader is given a record there. So "the first record since noon" may be
# no record, and history that was written today looks as if some of it were from today.
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
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

broker = {"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], "log_level": 0}
admin = AdminClient(broker)
for result in admin.create_topics([NewTopic(name, 1, 1) for name in ("plain", "transactional")]).values():
    result.result(60)
for topic, config in (("plain", {}), ("transactional", {"transactional.id": "id"})):
    producer = Producer({**broker, **config})
    if config:
        producer.init_transactions(60)
        producer.begin_transaction()
    for timestamp in (1000, 2000, 3000):
        producer.produce(topic, "", timestamp=timestamp)
    if producer.flush(60) != 0:
        raise SystemExit("the broker took no records")
    if config:
        producer.commit_transaction(60)

reader = Consumer({**broker, "group.id": "reader", "isolation.level": "read_committed"})
deadline = time.time() + 60
while reader.get_watermark_offsets(TopicPartition("transactional", 0), timeout=60)[1] < 4:
    if time.time() > deadline:
        raise SystemExit("the broker has not ended the transaction")
    time.sleep(0.1)
for topic in ("plain", "transactional"):
    reader.assign([TopicPartition(topic, 0, 0)])
    newest = reader.consume(3, timeout=60)[-1]
    print(f"{topic}: the newest record has time {newest.timestamp()[1]} and offset {newest.offset()}")
    for wanted in (2500, 3001):
        found = reader.offsets_for_times([TopicPartition(topic, 0, wanted)], timeout=60)[0].offset
        print(f"{topic}: asked for time {wanted}: {'none' if found < 0 else f'offset {found}'}")
reader.close()
PYTHON
)
expected=$(cat <<'EXPECTED'
plain: the newest record has time 3000 and offset 2
plain: asked for time 2500: offset 2
plain: asked for time 3001: none
transactional: the newest record has time 3000 and offset 2
transactional: asked for time 2500: offset 2
transactional: asked for time 3001: offset 3
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
