#!/usr/bin/env bash
# clang 19.1.7 and g++ 12.2 (Debian 12): a function template with a constraint gets another symbol from each.
#
# Guess: both follow the same C++ ABI, so a program compiled by clang links with a library compiled by g++.
# Seen: it does, until the library instantiates a template whose parameter has a constraint (std::floating_point T).
# clang writes the constraint into the symbol, g++ 12 does not, and the linker misses the function. With
# -fclang-abi-compat=17 clang leaves it out too.
#
# It unpacks clang from Debian's packages into a temporary folder and removes that at the end. It runs without weir, and
# fails if the behaviour changes. It needs g++ 12.2 on Debian 12.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p apt/state/lists/partial apt/cache/archives/partial
apt=(apt-get -qq -o APT::Sandbox::User=root -o Dir::State="$work/apt/state" -o Dir::Cache="$work/apt/cache")
"${apt[@]}" update
version=1:19.1.7-3~deb12u1
"${apt[@]}" download clang-19=$version libclang-cpp19=$version libclang-common-19-dev=$version libllvm19=$version
for package in *.deb; do dpkg-deb -x "$package" root; done
llvm=$work/root/usr/lib/llvm-19
[[ $(g++-12 -dumpfullversion) == 12.2.0 ]] || { echo 'It needs g++ 12.2.0.'; exit 1; }

# clang FLAG...: the unpacked one.
clang() { LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu:$llvm/lib "$llvm/bin/clang" --driver-mode=g++ "$@"; }

cat >number.hpp <<'CPP'
#include <concepts>
template <typename T>
T half_of_any(T value);
template <std::floating_point T>
T half(T value);
CPP
cat >library.cpp <<'CPP'
#include "number.hpp"
template <typename T>
T half_of_any(T value) { return value / 2; }
template <std::floating_point T>
T half(T value) { return value / 2; }
template double half_of_any(double);
template double half(double);
CPP
cat >any.cpp <<'CPP'
#include "number.hpp"
int main() { return half_of_any(2.0) == 1.0 ? 0 : 1; }
CPP
cat >constrained.cpp <<'CPP'
#include "number.hpp"
int main() { return half(2.0) == 1.0 ? 0 : 1; }
CPP
g++-12 -std=c++20 -c library.cpp

# try NAME PROGRAM FLAG...: compiles by clang, links with what g++ compiled, and runs.
try() {
  local name=$1 program=$2
  shift 2
  if clang -std=c++20 "$@" "$program" library.o -o program 2>errors && ./program; then
    echo "$name: links and runs"
  else
    echo "$name: $(grep -o 'undefined reference' errors | sort -u)"
  fi
}
found=$(
  try 'without constraint' any.cpp
  try 'with constraint' constrained.cpp
  try 'with constraint, -fclang-abi-compat=17' constrained.cpp -fclang-abi-compat=17
)
expected=$(cat <<'EXPECTED'
without constraint: links and runs
with constraint: undefined reference
with constraint, -fclang-abi-compat=17: links and runs
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
