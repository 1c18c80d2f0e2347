#!/usr/bin/env bash
# pyarrow 26.0.1: read_json turns text that looks like a time into a time, unless one line has a fraction of a second.
#
# Guess: text in JSON stays text. Or else all times of ISO 8601 become times, and keep their zone.
# Seen: a column of whole seconds becomes timestamp[s] in UTC, without the zone. A date becomes midnight. One line with
# a fraction of a second turns the whole column into text. So the type of a column depends on the data of a file.
#
# It installs the packages into a temporary folder and removes that at the end. It runs without weir, and fails if the
# behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check pyarrow==26.0.1

found=$("$work/python/bin/python" - <<'PYTHON'
import io
import pyarrow.json


def read(*times):
    lines = "".join(f'{{"time":"{time}"}}\n' for time in times)
    column = pyarrow.json.read_json(io.BytesIO(lines.encode()))["time"]
    print(f"{column.type}:", ", ".join(str(value) for value in column))


read("2026-01-01", "2026-01-02")
read("2026-01-01T00:00:00+01:00", "2026-01-01T00:00:01+01:00")
read("2026-01-01T00:00:00+01:00", "2026-01-01T00:00:01.5+01:00")
PYTHON
)
expected=$(cat <<'EXPECTED'
timestamp[s]: 2026-01-01 00:00:00, 2026-01-02 00:00:00
timestamp[s]: 2025-12-31 23:00:00, 2025-12-31 23:00:01
string: 2026-01-01T00:00:00+01:00, 2026-01-01T00:00:01.5+01:00
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
