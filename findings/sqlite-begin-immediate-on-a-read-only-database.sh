#!/usr/bin/env bash
# SQLite 3.40.1 (Debian 12): BEGIN IMMEDIATE succeeds on a database that was opened read-only.
#
# Guess: BEGIN IMMEDIATE starts a write transaction, so it fails on a read-only database. A program can use it to find
# out early whether it may write.
# Seen: it succeeds. Only the first change fails, with SQLITE_READONLY (8).
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

sqlite data.db 'CREATE TABLE t(x)'
found=$(sqlite -readonly data.db "BEGIN IMMEDIATE; SELECT 'begun'; INSERT INTO t VALUES(1)" 2>error || true; cat error)
expected='begun
Error: stepping, attempt to write a readonly database (8)'
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
