#!/usr/bin/env bash
# Two writers of Avro round whole numbers in a union of "long" and "double", each in another order of the types.
#
# Guess: a whole number is written as "long", since that holds it exactly, wherever "long" comes in the union.
# Seen: fastavro 1.13.1 takes the first type that fits, and the avro package (1.12.1) takes the last. In each order one
# of them writes 2^53 + 1 as "double", and the number is off by one.
#
# It installs the packages into a temporary folder and removes that at the end. It runs without weir, and fails if the
# behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check fastavro==1.13.1 avro==1.12.1

found=$("$work/python/bin/python" - <<'PYTHON'
import io
import json
import avro.io
import avro.schema
import fastavro


def by_fastavro(schema, value):
    data = io.BytesIO()
    fastavro.schemaless_writer(data, schema, value)
    data.seek(0)
    return fastavro.schemaless_reader(data, schema)


def by_avro(schema, value):
    parsed = avro.schema.parse(json.dumps(schema))
    data = io.BytesIO()
    avro.io.DatumWriter(parsed).write(value, avro.io.BinaryEncoder(data))
    data.seek(0)
    return avro.io.DatumReader(parsed).read(avro.io.BinaryDecoder(data))


number = 2**53 + 1
for schema in (["long", "double"], ["double", "long"]):
    first, last = int(by_fastavro(schema, number)), int(by_avro(schema, number))
    print(f"{', '.join(schema)}: fastavro is off by {first - number}, avro by {last - number}")
PYTHON
)
expected=$(cat <<'EXPECTED'
long, double: fastavro is off by 0, avro by -1
double, long: fastavro is off by -1, avro by 0
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
