#!/usr/bin/env bash
# cereal 1.3.2 (Debian 12): a std::map whose bytes hold a key twice keeps the first value.
#
# Guess: the last value counts, as with assignment. Or cereal refuses the bytes, since no map can have written them.
# Seen: cereal keeps the first value and reports nothing.
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
"${apt[@]}" download libcereal-dev=1.3.2+dfsg-4
for package in *.deb; do dpkg-deb -x "$package" root; done

cat >program.cpp <<'CPP'
#include <cstdio>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include <cereal/archives/binary.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>

int main() {
  std::stringstream bytes;
  cereal::BinaryOutputArchive{bytes}(std::vector<std::pair<int, int>>{{1, 10}, {1, 20}});  // has the layout of a map
  std::map<int, int> read;
  cereal::BinaryInputArchive{bytes}(read);
  std::printf("%zu key, its value is %d\n", read.size(), read.at(1));
}
CPP
g++ -std=c++20 -isystem root/usr/include program.cpp -o program
found=$(./program)
expected=$(cat <<'EXPECTED'
1 key, its value is 10
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
