#!/usr/bin/env bash
# Polars 2.1.0: max passes NaN over, and top_k prefers it to numbers.
#
# Guess: the greatest of a column is the first of its top_k, and NaN has one place in both.
# Seen: max of 1, NaN, 3 is 3. top_k(2) holds 3 and NaN, and not 1; sorted downwards NaN comes first.
#
# It installs the packages in a folder of its own, which is gone afterwards, and runs them without weir. It fails if they
# behave otherwise.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0

found=$("$work/python/bin/python" - "$work" <<'PYTHON'
import polars

values = polars.Series([1.0, float("nan"), 3.0])
print("max", values.max(), "min", values.min())
print("top_k(2)", values.top_k(2).to_list(), "bottom_k(2)", values.bottom_k(2).to_list())
print("downwards", values.sort(descending=True).to_list())
PYTHON
)
expected=$(cat <<'EXPECTED'
max 3.0 min 1.0
top_k(2) [3.0, nan] bottom_k(2) [1.0, 3.0]
downwards [nan, 3.0, 1.0]
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'It behaves otherwise now. Before:\n%s\n' "$expected"; exit 1; }
