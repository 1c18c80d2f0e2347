#!/usr/bin/env bash
# DuckDB 2.0.1 rounds fractions that come late in a file of JSON Lines.
#
# Guess: a number with a fraction is an error where the reader has taken the column for whole numbers, or the
# column becomes DOUBLE.
# Seen: read_json looks at the first 20,480 lines. A fraction behind them is rounded to a whole number, and
# nothing says so. read_csv does the same.
#
# It installs the packages in a folder of its own, which is gone afterwards, and runs them without weir. It fails if they
# behave otherwise.
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
[[ $found == "$expected" ]] || { printf 'It behaves otherwise now. Before:\n%s\n' "$expected"; exit 1; }
