#!/usr/bin/env bash
# CLI11 2.1.2 (Debian 12) removes brackets from the values of an option that takes several.
#
# Guess: the program gets each argument as the shell passed it.
# Seen: an argument that begins with [ and ends with ] loses both, and is split at its commas. So the program opens
# draft in place of [draft]. An option that takes one value keeps the brackets.
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
"${apt[@]}" download libcli11-dev=2.1.2+ds-1
for package in *.deb; do dpkg-deb -x "$package" root; done

cat >program.cpp <<'CPP'
#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

int main(int argc, char** argv) {
  std::vector<std::string> files;
  std::string one;
  CLI::App app;
  app.add_option("--files", files);
  app.add_option("--one", one);
  CLI11_PARSE(app, argc, argv);
  for (const std::string& file : files) {
    std::printf("file <%s>\n", file.c_str());
  }
  std::printf("one <%s>\n", one.c_str());
}
CPP
g++ -std=c++20 -isystem root/usr/include program.cpp -o program
found=$(./program --files '[draft]' '[a,b]' 'c,d' --one '[draft]')
expected=$(cat <<'EXPECTED'
file <draft>
file <a>
file <b>
file <c,d>
one <[draft]>
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
