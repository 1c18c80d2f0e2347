#!/usr/bin/env bash
# SQLite 3.40.1 (Debian 12): a view has a rowid, and it is NULL.
#
# Guess: a view has no rowid, so a query that names it is an error, as SQLite's documentation has it since 3.36.
# Seen: Debian's build gives NULL. A query "WHERE rowid > 0" of a view is right in the eyes of SQLite, and finds nothing.
#
# It unpacks the Debian packages into a folder of its own, which is gone afterwards, and runs without weir. It fails if
# they behave otherwise.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq -o APT::Sandbox::User=root download sqlite3=3.40.1-2+deb12u2 libsqlite3-0=3.40.1-2+deb12u2
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
[[ $found == "$expected" ]] || { printf 'It behaves otherwise now. Before:\n%s\n' "$expected"; exit 1; }
