#!/usr/bin/env bash
# Readers of JSON treat the whole number 2^64 + 1 in three ways.
#
# Guess: a reader returns the number exactly, or refuses it.
# Seen: orjson 3.13.0 and DuckDB 2.0.1 round it to a double, and are off by one. Polars 2.1.0 returns it exactly, as a
# 128-bit number. simdjson (pysimdjson 7.0.2) refuses it.
#
# It installs the packages into a temporary folder and removes that at the end. It runs without weir, and fails if the
# behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check \
  orjson==3.13.0 pysimdjson==7.0.2 polars==2.1.0 duckdb==2.0.1

found=$("$work/python/bin/python" - "$work" <<'PYTHON'
import sys
import duckdb
import orjson
import polars
import simdjson

number = 2**64 + 1
text = f'{{"id":{number}}}'
path = sys.argv[1] + "/lines.jsonl"
with open(path, "w") as lines:
    lines.write(text + "\n")
print("orjson is off by", int(orjson.loads(text)["id"]) - number)
print("DuckDB is off by", int(duckdb.execute(f"select id from read_json('{path}')").fetchone()[0]) - number)
print("Polars is off by", polars.read_ndjson(path)["id"][0] - number)
try:
    print("simdjson:", simdjson.Parser().parse(text.encode()).as_dict()["id"] - number)
except Exception:
    print("simdjson refuses it")
PYTHON
)
expected=$(cat <<'EXPECTED'
orjson is off by -1
DuckDB is off by -1
Polars is off by 0
simdjson refuses it
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
