#!/usr/bin/env bash
# SQLite 3.40.1 (Debian 12): VACUUM gives rows other rowids, but not if their table has an index.
#
# Guess: a rowid stays with its row; or, for one who has read that VACUUM may change it, it does so in each table without
# an INTEGER PRIMARY KEY.
# Seen: VACUUM numbers the rows of a table anew. A UNIQUE column is enough to keep them. Who reads rows by rowid, and
# remembers the last one, reads rows twice or never after a VACUUM of the one table, and is right about the other.
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
[[ $found == "$expected" ]] || { printf 'It behaves otherwise now. Before:\n%s\n' "$expected"; exit 1; }
