#!/usr/bin/env bash
# Polars 2.1.0: windows of 7 days and windows of a week start on different days.
#
# Guess: "7d" and "1w" are one length, so they cut time at the same places.
# Seen: "7d" starts on Thursdays, since 1970-01-01 was one. "1w" starts on Mondays. DuckDB 2.0.1 starts both on
# Mondays.
#
# It installs the packages in a folder of its own, which is gone afterwards, and runs them without weir. It fails if they
# behave otherwise.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0 duckdb==2.0.1

found=$("$work/python/bin/python" - "$work" <<'PYTHON'
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
[[ $found == "$expected" ]] || { printf 'It behaves otherwise now. Before:\n%s\n' "$expected"; exit 1; }
