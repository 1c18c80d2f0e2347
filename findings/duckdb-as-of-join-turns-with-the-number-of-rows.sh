#!/usr/bin/env bash
# DuckDB 2.0.1: which of several rows of one time an ASOF JOIN takes depends on the number of rows on its left.
#
# Guess: it takes the row that was inserted last, as pandas and Polars do. At least it takes the same one each time.
# Seen: with 63 rows on the left it takes the row that was inserted first. With 64 it takes the one that was inserted
# last, since it then uses another algorithm (asof_loop_join_threshold). pandas 3.1.1 and Polars 2.1.0 take the last
# for both.
#
# It installs the packages into a temporary folder and removes that at the end. It runs without weir, and fails if the
# behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 polars==2.1.0 pandas==3.1.1

found=$("$work/python/bin/python" - <<'PYTHON'
from datetime import datetime, timedelta
import duckdb
import pandas
import polars

begin = datetime(2026, 1, 1)
for count in (63, 64):
    trades = {"time": [begin + timedelta(seconds=2 * i + 1) for i in range(count)]}
    quotes = {
        "time": [begin + timedelta(seconds=2 * i) for i in range(count) for _ in range(2)],
        "quote": ["first", "last"] * count,
    }
    joined = {
        "pandas": pandas.merge_asof(pandas.DataFrame(trades), pandas.DataFrame(quotes), on="time")["quote"],
        "Polars": polars.DataFrame(trades).join_asof(polars.DataFrame(quotes), on="time")["quote"],
    }
    duckdb.execute("create or replace table trades(time timestamp)")
    duckdb.executemany("insert into trades values (?)", [[time] for time in trades["time"]])
    duckdb.execute("create or replace table quotes(time timestamp, quote varchar)")
    duckdb.executemany("insert into quotes values (?, ?)", list(zip(quotes["time"], quotes["quote"])))
    rows = duckdb.execute("select quote from trades asof join quotes on trades.time >= quotes.time").fetchall()
    joined["DuckDB"] = [quote for (quote,) in rows]
    for name, found in joined.items():
        print(count, "rows:", name, "takes the", " and the ".join(sorted(set(found))))
PYTHON
)
expected=$(cat <<'EXPECTED'
63 rows: pandas takes the last
63 rows: Polars takes the last
63 rows: DuckDB takes the first
64 rows: pandas takes the last
64 rows: Polars takes the last
64 rows: DuckDB takes the last
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
