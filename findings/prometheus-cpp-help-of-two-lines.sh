#!/usr/bin/env bash
# prometheus-cpp 1.0.1 (Debian 12's package 1.0.1-1): a help text of two lines makes a page that Prometheus does not take.
#
# Guess: the serializer escapes a line feed in a help text as \n, as the text format asks for, since it escapes those in
# label values.
# Seen: the line feed stays. The second line of the help stands on a line of its own, and promtool 2.42.0 refuses it as a
# malformed sample; so would Prometheus refuse the whole page.
#
# It installs the packages into a temporary folder and removes that at the end. It runs without weir, and fails if the
# behaviour changes. It needs g++ on Debian 12.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p apt/state/lists/partial apt/cache/archives/partial
apt=(apt-get -qq -o APT::Sandbox::User=root -o Dir::State="$work/apt/state" -o Dir::Cache="$work/apt/cache")
"${apt[@]}" update
"${apt[@]}" download prometheus-cpp-dev=1.0.1-1 libprometheus-cpp-core1.0=1.0.1-1 prometheus=2.42.0+ds-5+deb12u1
for package in *.deb; do
  dpkg-deb -x "$package" package
done
libraries=$(dirname "$(find package -name 'libprometheus-cpp-core.so')")

cat >page.cpp <<'CPP'
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <iostream>
int main() {
  prometheus::ClientMetric metric;
  metric.label.push_back({"place", "first\nsecond"});
  metric.gauge.value = 1;
  prometheus::MetricFamily family;
  family.name = "items";
  family.help = "Items.\nOf all kinds.";
  family.type = prometheus::MetricType::Gauge;
  family.metric.push_back(metric);
  std::cout << prometheus::TextSerializer{}.Serialize({family});
}
CPP
g++ -std=c++17 -Ipackage/usr/include page.cpp -L"$libraries" -lprometheus-cpp-core -o page
LD_LIBRARY_PATH=$libraries ./page >page.txt
refused=0
package/usr/bin/promtool check metrics <page.txt >/dev/null 2>message || refused=$?

found=$(
  cat page.txt
  echo "promtool: exit code $refused"
)
expected='# HELP items Items.
Of all kinds.
# TYPE items gauge
items{place="first\nsecond"} 1
promtool: exit code 1'
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; cat message; exit 1; }
