#!/usr/bin/env bash
# RapidJSON 1.1.0 (Debian 12) takes half of a surrogate pair for a character.
#
# Guess: an escape that is half of a pair is an error, the first half as well as the second; all the more so with
# kParseValidateEncodingFlag.
# Seen: a lone first half is refused. A lone second half becomes three bytes that are no UTF-8, also with that
# flag, and a reader that checks UTF-8 refuses what is written of it.
#
# It unpacks the Debian packages into a folder of its own, which is gone afterwards, and runs without weir. It fails if
# they behave otherwise. It needs g++ on Debian 12.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq -o APT::Sandbox::User=root download rapidjson-dev=1.1.0+dfsg2-7.1
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
g++ -std=c++20 -isystem root/usr/include  program.cpp -o program
found=$(./program)
expected=$(cat <<'EXPECTED'
"\ud83d\ude00": F0 9F 98 80
"\ud83d": refused
"\ude00": ED B8 80
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'It behaves otherwise now. Before:\n%s\n' "$expected"; exit 1; }
