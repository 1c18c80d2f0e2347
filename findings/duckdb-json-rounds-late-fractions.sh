#!/usr/bin/env bash
# DuckDB 2.0.1 rounds fractions that come late in a file of JSON Lines or CSV.
#
# Guess: if the first lines hold whole numbers alone, a later fraction is an error, or the column becomes DOUBLE.
# Seen: read_json takes the type of the column from the first lines. It rounds a later fraction to a whole number and
# reports nothing. read_csv does the same.
#
# It installs the packages into a temporary folder and removes that at the end. It runs without weir, and fails if the
# behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1

found=$("$work/python/bin/python" - "$work" <<'PYTHON'
import sys
import duckdb

path = sys.argv[1] + "/lines"
with open(path + ".jsonl", "w") as lines:
    lines.write('{"litres":1}\n' * 50_000 + '{"litres":1.5}\n')
with open(path + ".csv", "w") as lines:
    lines.write("litres\n" + "1\n" * 50_000 + "1.5\n")
last = f"select litres, typeof(litres) from read_json('{path}.jsonl') order by litres desc limit 1"
print("JSON:", duckdb.execute(last).fetchone())
try:
    print("CSV:", duckdb.execute(f"select max(litres) from read_csv('{path}.csv')").fetchone())
except duckdb.Error as error:
    print("CSV:", type(error).__name__)
PYTHON
)
expected=$(cat <<'EXPECTED'
JSON: (2, 'BIGINT')
CSV: (2,)
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
