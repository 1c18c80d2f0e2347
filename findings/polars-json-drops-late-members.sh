#!/usr/bin/env bash
# Polars 2.1.0 drops members that come late in a file of JSON Lines.
#
# Guess: a member that is not in the first lines becomes a column with nulls before it, or is an error.
# Seen: read_ndjson takes the columns from the first 100 lines. It drops a member that first occurs in line 101, and
# reports nothing.
#
# It installs the packages into a temporary folder and removes that at the end. It runs without weir, and fails if the
# behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0

found=$("$work/python/bin/python" - "$work" <<'PYTHON'
import sys
import polars

for before in (99, 100):
    path = f"{sys.argv[1]}/{before}.jsonl"
    with open(path, "w") as lines:
        lines.write('{"litres":1}\n' * before + '{"litres":1,"town":"Ulm"}\n')
    print(before, "lines before it:", polars.read_ndjson(path).columns)
PYTHON
)
expected=$(cat <<'EXPECTED'
99 lines before it: ['litres', 'town']
100 lines before it: ['litres']
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
