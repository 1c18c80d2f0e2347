#!/usr/bin/env bash
# {fmt} 9.1 (Debian 12): fmt::print throws when its file cannot be written.
#
# Guess: fmt::print is printf with another syntax. If it cannot write a line of a log, for instance on a full disk, the
# program continues.
# Seen: fmt::print throws std::system_error. In code that reports an error this hides the error, or ends the program.
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
"${apt[@]}" download libfmt-dev=9.1.0+ds1-2
for package in *.deb; do dpkg-deb -x "$package" root; done

cat >program.cpp <<'CPP'
#include <cstdio>
#include <system_error>

#include <fmt/core.h>

int main() {
  std::FILE* const full = std::fopen("/dev/full", "w");
  std::setvbuf(full, nullptr, _IONBF, 0);
  std::printf("printf returns %d\n", std::fprintf(full, "%s\n", "text"));
  try {
    fmt::print(full, "{}\n", "text");
    std::puts("fmt::print returns");
  } catch (const std::system_error& error) {
    std::printf("fmt::print throws: %s\n", error.what());
  }
}
CPP
g++ -std=c++20 -isystem root/usr/include -DFMT_HEADER_ONLY program.cpp -o program
found=$(./program)
expected=$(cat <<'EXPECTED'
printf returns -1
fmt::print throws: cannot write to file: No space left on device
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
