#!/usr/bin/env bash
# {fmt} 9.1 (Debian 12): fmt::print throws when its file cannot be written.
#
# Guess: fmt::print is printf with another format: a line of a log that cannot be written, as on a full disk, is
# no concern of the program.
# Seen: it throws std::system_error. In a handler of errors that writes to standard error this ends the program by
# std::terminate, or changes its exit code.
#
# It unpacks the Debian packages into a folder of its own, which is gone afterwards, and runs without weir. It fails if
# they behave otherwise. It needs g++ on Debian 12.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq -o APT::Sandbox::User=root download libfmt-dev=9.1.0+ds1-2
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
[[ $found == "$expected" ]] || { printf 'It behaves otherwise now. Before:\n%s\n' "$expected"; exit 1; }
