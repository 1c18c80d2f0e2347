#!/usr/bin/env bash
# SQLite 3.40.1 (Debian 12): BEGIN IMMEDIATE succeeds on a database that was opened for reading alone.
#
# Guess: BEGIN IMMEDIATE takes the lock for writing, so it fails where nothing can be written, and a program can use it to
# see early whether it may write.
# Seen: it succeeds. Only the first change fails, with SQLITE_READONLY (8).
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

sqlite data.db 'CREATE TABLE t(x)'
found=$(sqlite -readonly data.db "BEGIN IMMEDIATE; SELECT 'begun'; INSERT INTO t VALUES(1)" 2>&1 || true)
expected='begun
Error: stepping, attempt to write a readonly database (8)'
echo "$found"
[[ $found == "$expected" ]] || { printf 'It behaves otherwise now. Before:\n%s\n' "$expected"; exit 1; }
