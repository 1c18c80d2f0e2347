#!/usr/bin/env bash
# Polars 2.1.0: windows of 7 days and windows of a week start on different days.
#
# Guess: "7d" and "1w" are the same length, so their windows are the same.
# Seen: windows of "7d" start on Thursdays, since 1970-01-01 was one. Windows of "1w" start on Mondays. In DuckDB 2.0.1
# both start on Mondays.
#
# It installs the packages into a temporary folder and removes that at the end. It runs without weir, and fails if the
# behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0 duckdb==2.0.1

found=$("$work/python/bin/python" - <<'PYTHON'
from datetime import datetime
import duckdb
import polars

noon = datetime(2026, 3, 4, 12)
wednesday = polars.DataFrame({"time": [noon], "value": [1]})
for every in ("7d", "1w"):
    start = wednesday.group_by_dynamic("time", every=every).agg(polars.len())["time"][0]
    print("Polars", every, start.strftime("%A %d"))
for every in ("7 days", "1 week"):
    start = duckdb.execute("select time_bucket(?::interval, ?::timestamp)", [every, noon]).fetchone()[0]
    print("DuckDB", every, start.strftime("%A %d"))
PYTHON
)
expected=$(cat <<'EXPECTED'
Polars 7d Thursday 26
Polars 1w Monday 02
DuckDB 7 days Monday 02
DuckDB 1 week Monday 02
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
