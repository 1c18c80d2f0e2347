#!/usr/bin/env bash
# RapidJSON 1.1.0 (Debian 12) refuses large numbers, even if it shall hand over numbers as text.
#
# Guess: with kParseNumbersAsStringsFlag a handler gets the text of each number of JSON, and decides what fits. JSON
# sets no limit.
# Seen: RapidJSON hands over 40 digits and 1e-400, but refuses 1e309, since it does not fit a double. It does so in a
# member that the handler skips, too, so one such number makes the whole document unreadable.
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

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

struct Texts : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Texts> {
  bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
    std::printf("%.*s is handed over\n", static_cast<int>(length), text);
    return true;
  }
};

void parse(const char* json) {
  Texts texts;
  rapidjson::StringStream stream{json};
  rapidjson::Reader reader;
  const auto result = reader.Parse<rapidjson::kParseNumbersAsStringsFlag>(stream, texts);
  if (result.IsError()) {
    std::printf("%s is refused: %s\n", json, rapidjson::GetParseError_En(result.Code()));
  }
}

int main() {
  parse("1234567890123456789012345678901234567890");
  parse("1e-400");
  parse("1e308");
  parse("1e309");
}
CPP
g++ -std=c++20 -isystem root/usr/include program.cpp -o program
found=$(./program
)
expected=$(cat <<'EXPECTED'
1234567890123456789012345678901234567890 is handed over
1e-400 is handed over
1e308 is handed over
1e309 is refused: Number too big to be stored in double.
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
