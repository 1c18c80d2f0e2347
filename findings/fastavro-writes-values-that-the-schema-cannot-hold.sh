#!/usr/bin/env bash
# fastavro 1.13.1 writes values that do not fit their Avro type.
#
# Guess: a value that its type cannot hold is an error, as in the avro package (1.12.1).
# Seen: fastavro cuts 1.9 to 1 for an "int". It writes 2^31 as an "int", which has 32 bits. It turns 1e39 into infinity
# for a "float", and "no" into True for a "boolean". It reports nothing.
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
    try:
        parsed = avro.schema.parse(json.dumps(schema))
        avro.io.DatumWriter(parsed).write(value, avro.io.BinaryEncoder(io.BytesIO()))
        return "writes it"
    except Exception as error:
        return type(error).__name__


for schema, value in (("int", 1.9), ("int", 2**31), ("float", 1e39), ("boolean", "no")):
    print(schema, value, "fastavro:", by_fastavro(schema, value), "avro:", by_avro(schema, value))
PYTHON
)
expected=$(cat <<'EXPECTED'
int 1.9 fastavro: 1 avro: AvroTypeException
int 2147483648 fastavro: 2147483648 avro: AvroTypeException
float 1e+39 fastavro: inf avro: OverflowError
boolean no fastavro: True avro: AvroTypeException
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
