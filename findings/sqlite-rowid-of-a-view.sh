#!/usr/bin/env bash
# SQLite 3.40.1 (Debian 12): a view has a rowid, and it is NULL.
#
# Guess: a view has no rowid, so a query that names it is an error. SQLite's documentation says so since 3.36.
# Seen: Debian builds SQLite with SQLITE_ALLOW_ROWID_IN_VIEW, and the rowid is NULL. A query of a view with "WHERE
# rowid > 0" is no error and finds nothing.
#
# It unpacks the Debian packages into a temporary folder and removes that at the end. It runs without weir, and fails
# if the behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p apt/state/lists/partial apt/cache/archives/partial
apt=(apt-get -qq -o APT::Sandbox::User=root -o Dir::State="$work/apt/state" -o Dir::Cache="$work/apt/cache")
"${apt[@]}" update
"${apt[@]}" download sqlite3=3.40.1-2+deb12u2 libsqlite3-0=3.40.1-2+deb12u2
for package in *.deb; do dpkg-deb -x "$package" root; done
sqlite() { LD_LIBRARY_PATH=$(echo root/usr/lib/*-linux-gnu) root/usr/bin/sqlite3 "$@"; }

found=$(sqlite data.db "
  CREATE TABLE orders(name);
  INSERT INTO orders VALUES ('plums'), ('pears');
  CREATE VIEW all_orders AS SELECT name FROM orders;
  SELECT quote(rowid), name FROM all_orders;
  SELECT count(*) FROM all_orders WHERE rowid > 0;")
expected='NULL|plums
NULL|pears
0'
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
