#!/usr/bin/env bash
# RapidJSON 1.1.0 (Debian 12) accepts half of a surrogate pair.
#
# Guess: an escape that is half of a pair is an error, be it the first half or the second. With
# kParseValidateEncodingFlag it must be one.
# Seen: RapidJSON refuses a lone first half. It turns a lone second half into three bytes that are not UTF-8, even with
# that flag.
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
"${apt[@]}" download rapidjson-dev=1.1.0+dfsg2-7.1
for package in *.deb; do dpkg-deb -x "$package" root; done

cat >program.cpp <<'CPP'
#include <cstdio>

#include <rapidjson/document.h>

void parse(const char* text) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(text);
  std::printf("%s:", text);
  if (document.HasParseError()) {
    std::puts(" refused");
    return;
  }
  for (rapidjson::SizeType i = 0; i < document.GetStringLength(); ++i) {
    std::printf(" %02X", static_cast<unsigned char>(document.GetString()[i]));
  }
  std::puts("");
}

int main() {
  parse("\"\\ud83d\\ude00\"");
  parse("\"\\ud83d\"");
  parse("\"\\ude00\"");
}
CPP
g++ -std=c++20 -isystem root/usr/include program.cpp -o program
found=$(./program)
expected=$(cat <<'EXPECTED'
"\ud83d\ude00": F0 9F 98 80
"\ud83d": refused
"\ude00": ED B8 80
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
