#!/usr/bin/env bash
# DuckDB 2.0.1: of several rows with the same time an ASOF JOIN gives the one that was inserted first.
#
# Guess: the newest row counts, so among equal times the last one, as in pandas and Polars.
# Seen: DuckDB gives the first. pandas 3.1.1 and Polars 2.1.0 give the last.
#
# It installs the packages in a folder of its own, which is gone afterwards, and runs them without weir. It fails if they
# behave otherwise.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.1 polars==2.1.0 pandas==3.1.1

found=$("$work/python/bin/python" - "$work" <<'PYTHON'
from datetime import datetime
import duckdb
import pandas
import polars

five, ten = datetime(2026, 1, 1, 0, 0, 5), datetime(2026, 1, 1, 0, 0, 10)
trades = {"time": [ten]}
quotes = {"time": [five, five], "quote": ["came first", "came last"]}
print("pandas:", pandas.merge_asof(pandas.DataFrame(trades), pandas.DataFrame(quotes), on="time")["quote"][0])
print("Polars:", polars.DataFrame(trades).join_asof(polars.DataFrame(quotes), on="time")["quote"][0])
duckdb.execute("create table trades(time timestamp)")
duckdb.execute("insert into trades values (?)", [ten])
duckdb.execute("create table quotes(time timestamp, quote varchar)")
for time, quote in zip(quotes["time"], quotes["quote"]):
    duckdb.execute("insert into quotes values (?, ?)", [time, quote])
print("DuckDB:", duckdb.execute("select quote from trades asof join quotes on trades.time >= quotes.time").fetchone()[0])
PYTHON
)
expected=$(cat <<'EXPECTED'
pandas: came last
Polars: came last
DuckDB: came first
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'It behaves otherwise now. Before:\n%s\n' "$expected"; exit 1; }
