#!/usr/bin/env bash
# SQLite 3.40.1 (Debian 12) takes a file name that begins with "file:" for a URI without being asked to.
#
# Guess: sqlite3_open_v2 takes the name of a file as it is. It reads a URI only with SQLITE_OPEN_URI, as its
# documentation has it.
# Seen: Debian builds SQLite with SQLITE_USE_URI. "file:a.db" opens a.db. What follows a "?" is cut off, and may be an
# option: "file:b.db?mode=memory" writes no file at all. "./file:c.db" is a file of that name.
#
# It unpacks the Debian packages into a temporary folder and removes that at the end. It runs without weir, and fails
# if the behaviour changes. It needs g++ on Debian 12.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p apt/state/lists/partial apt/cache/archives/partial
apt=(apt-get -qq -o APT::Sandbox::User=root -o Dir::State="$work/apt/state" -o Dir::Cache="$work/apt/cache")
"${apt[@]}" update
"${apt[@]}" download libsqlite3-dev=3.40.1-2+deb12u2 libsqlite3-0=3.40.1-2+deb12u2
for package in *.deb; do dpkg-deb -x "$package" root; done

cat >program.cpp <<'CPP'
#include <cstdio>
#include <initializer_list>

#include <sqlite3.h>

int main() {
  for (const char* name : {"file:a.db", "file:b.db?mode=memory", "./file:c.db"}) {
    sqlite3* database = nullptr;
    const int opened = sqlite3_open_v2(name, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    const int written = sqlite3_exec(database, "CREATE TABLE orders(name)", nullptr, nullptr, nullptr);
    std::printf("%s: opened %d, written %d\n", name, opened, written);
    sqlite3_close(database);
  }
}
CPP
g++ -std=c++20 -isystem root/usr/include program.cpp root/usr/lib/*-linux-gnu/libsqlite3.so.0 -o program
mkdir data
found=$(cd data
  LD_LIBRARY_PATH=$(echo ../root/usr/lib/*-linux-gnu) ../program
  echo "files:"
  ls
)
expected=$(cat <<'EXPECTED'
file:a.db: opened 0, written 0
file:b.db?mode=memory: opened 0, written 0
./file:c.db: opened 0, written 0
files:
a.db
file:c.db
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
