#!/usr/bin/env bash
# CLI11 2.1.2 (Debian 12's package 2.1.2+ds-1): the file of set_config outranks environment variables, and what it does
# not know in there is left out.
#
# Guess: the command line outranks the environment, and the environment outranks the file, as in most tools. A misspelt
# name in the file is an error.
# Seen: the file outranks the environment. A misspelt name changes nothing, and the program runs with the default.
#
# It installs the package into a temporary folder and removes that at the end. It runs without weir, and fails if the
# behaviour changes. It needs g++ on Debian 12.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p apt/state/lists/partial apt/cache/archives/partial
apt=(apt-get -qq -o APT::Sandbox::User=root -o Dir::State="$work/apt/state" -o Dir::Cache="$work/apt/cache")
"${apt[@]}" update
"${apt[@]}" download libcli11-dev=2.1.2+ds-1
dpkg-deb -x libcli11-dev_*.deb package

cat >flags.cpp <<'CPP'
#include <CLI/CLI.hpp>
#include <iostream>
int main(int argc, char** argv) {
  CLI::App app;
  int workers = 1;
  app.add_option("--workers", workers)->envname("JOB_WORKERS");
  app.set_config("--config");
  CLI11_PARSE(app, argc, argv);
  std::cout << workers << '\n';
}
CPP
g++ -std=c++17 -Ipackage/usr/include flags.cpp -o flags
echo 'workers = 2' >file.toml
echo 'worker = 2' >misspelt.toml

found=$(
  echo "command line, variable and file: $(JOB_WORKERS=3 ./flags --config file.toml --workers 4)"
  echo "variable and file: $(JOB_WORKERS=3 ./flags --config file.toml)"
  echo "variable: $(JOB_WORKERS=3 ./flags)"
  echo "misspelt in the file: $(./flags --config misspelt.toml)"
)
expected='command line, variable and file: 4
variable and file: 2
variable: 3
misspelt in the file: 1'
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
