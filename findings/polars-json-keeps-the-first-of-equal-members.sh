#!/usr/bin/env bash
# Polars 2.1.0 keeps the first of two members of one name in a line of JSON.
#
# Guess: the last member of a name counts, as in JavaScript. Or the reader refuses the line.
# Seen: Polars keeps the first and reports nothing. pandas 3.1.1 and orjson 3.13.0 keep the last. DuckDB 2.0.1 refuses
# the line.
#
# It installs the packages into a temporary folder and removes that at the end. It runs without weir, and fails if the
# behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check \
  polars==2.1.0 pandas==3.1.1 orjson==3.13.0 duckdb==2.0.1

found=$("$work/python/bin/python" - "$work" <<'PYTHON'
import sys
import duckdb
import orjson
import pandas
import polars

text = '{"price":1,"price":2}'
path = sys.argv[1] + "/lines.jsonl"
with open(path, "w") as lines:
    lines.write(text + "\n")
print("Polars:", polars.read_ndjson(path)["price"][0])
print("pandas:", pandas.read_json(path, lines=True)["price"][0])
print("orjson:", orjson.loads(text)["price"])
try:
    print("DuckDB:", duckdb.execute(f"select price from read_json('{path}')").fetchone()[0])
except duckdb.Error as error:
    print("DuckDB:", type(error).__name__)
PYTHON
)
expected=$(cat <<'EXPECTED'
Polars: 1
pandas: 2
orjson: 2
DuckDB: InvalidInputException
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
