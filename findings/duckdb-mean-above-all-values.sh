#!/usr/bin/env bash
# DuckDB 2.0.1: the mean of equal whole numbers can be greater than each of them.
#
# Guess: a mean lies between the least and the greatest value, also where a DOUBLE cannot hold the values exactly.
# Seen: avg of three times 2^53 + 1 is 2^53 + 2. Polars 2.1.0 gives 2^53, below all of them.
#
# It installs the packages in a folder of its own, which is gone afterwards, and runs them without weir. It fails if they
# behave otherwise.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 polars==2.1.0

found=$("$work/python/bin/python" - "$work" <<'PYTHON'
import duckdb
import polars

value = 2**53 + 1
duckdb.execute("create table numbers as select ?::bigint as n from range(3)", [value])
print("DuckDB:", int(duckdb.execute("select avg(n) from numbers").fetchone()[0]) - value)
print("Polars:", int(polars.Series([value] * 3).mean()) - value)
PYTHON
)
expected=$(cat <<'EXPECTED'
DuckDB: 1
Polars: -1
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'It behaves otherwise now. Before:\n%s\n' "$expected"; exit 1; }
