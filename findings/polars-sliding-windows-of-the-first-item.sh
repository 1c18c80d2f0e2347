#!/usr/bin/env bash
# Polars 2.1.0: the first items of a series are missing from the sliding windows that began before them.
#
# Guess: with windows of 10 s every 3 s, an item at second 5 is in each window that covers second 5: those that start
# at -3, 0 and 3.
# Seen: group_by_dynamic begins with the last window that covers the first item. So the first item is in one window,
# and a later item is in three.
#
# It installs the packages into a temporary folder and removes that at the end. It runs without weir, and fails if the
# behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0

found=$("$work/python/bin/python" - <<'PYTHON'
from datetime import datetime, timedelta
import polars

begin = datetime(1970, 1, 1)
items = polars.DataFrame({"time": [begin + timedelta(seconds=s) for s in (5, 35)], "second": [5, 35]})
windows = items.group_by_dynamic("time", every="3s", period="10s").agg(polars.col("second"))
for second in (5, 35):
    starts = [int((start - begin).total_seconds()) for start, seconds in windows.rows() if second in seconds]
    print("second", second, "is in the windows from", starts)
PYTHON
)
expected=$(cat <<'EXPECTED'
second 5 is in the windows from [3]
second 35 is in the windows from [27, 30, 33]
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
