#!/usr/bin/env bash
# SQLite 3.40.1 (Debian 12): VACUUM changes rowids, but not in a table that has an index.
#
# Guess: a rowid stays with its row. Or, as the documentation warns, VACUUM changes the rowids of each table without an
# INTEGER PRIMARY KEY.
# Seen: VACUUM renumbers the rows of a plain table. With a UNIQUE column they keep their rowids. A reader that
# remembers the last rowid works in tests with the one table, and misses rows of the other.
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
  CREATE TABLE plain(name);
  CREATE TABLE indexed(name UNIQUE);
  INSERT INTO plain VALUES ('a'), ('b'), ('c'), ('d');
  INSERT INTO indexed SELECT name FROM plain;
  DELETE FROM plain WHERE name < 'c';
  DELETE FROM indexed WHERE name < 'c';
  VACUUM;
  SELECT 'plain', rowid, name FROM plain;
  SELECT 'indexed', rowid, name FROM indexed;")
expected='plain|1|c
plain|2|d
indexed|3|c
indexed|4|d'
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
