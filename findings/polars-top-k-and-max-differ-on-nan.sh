#!/usr/bin/env bash
# Polars 2.1.0: max ignores NaN, and top_k prefers it to numbers.
#
# Guess: max and top_k rank NaN alike, so top_k(1) is the maximum.
# Seen: max of 1, NaN and 3 is 3, and top_k(1) is NaN.
#
# It installs the packages into a temporary folder and removes that at the end. It runs without weir, and fails if the
# behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0

found=$("$work/python/bin/python" - <<'PYTHON'
import polars

values = polars.Series([1.0, float("nan"), 3.0])
print("max:", values.max())
print("top_k(1):", values.top_k(1).to_list())
PYTHON
)
expected=$(cat <<'EXPECTED'
max: 3.0
top_k(1): [nan]
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
