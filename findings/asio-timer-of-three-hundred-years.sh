#!/usr/bin/env bash
# Boost.Asio 1.81 (Debian 12): a timer of 300 years fires at once.
#
# Guess: a timer that is set to a very long time, as for "never", never fires; or the call refuses it.
# Seen: the time in hours is turned into nanoseconds without a check, and wraps. 290 years wait; 300 years, and
# hours::max(), lie in the past.
#
# It unpacks the Debian packages into a folder of its own, which is gone afterwards, and runs without weir. It fails if
# they behave otherwise. It needs g++ on Debian 12.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq -o APT::Sandbox::User=root download libboost1.81-dev=1.81.0-5+deb12u1
for package in *.deb; do dpkg-deb -x "$package" root; done

cat >program.cpp <<'CPP'
#include <chrono>
#include <cstdio>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

void wait_for(const char* name, std::chrono::hours time) {
  boost::asio::io_context context;
  boost::asio::steady_timer timer{context};
  bool fired = false;
  timer.expires_after(time);
  timer.async_wait([&](const boost::system::error_code& error) { fired = !error; });
  context.run_for(std::chrono::milliseconds{100});
  std::printf("%s: %s\n", name, fired ? "fires at once" : "waits");
}

int main() {
  wait_for("200 years", std::chrono::hours{200 * 365 * 24});
  wait_for("300 years", std::chrono::hours{300 * 365 * 24});
  wait_for("hours::max()", std::chrono::hours::max());
}
CPP
g++ -std=c++20 -isystem root/usr/include -pthread program.cpp -o program
found=$(./program)
expected=$(cat <<'EXPECTED'
200 years: waits
300 years: fires at once
hours::max(): fires at once
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'It behaves otherwise now. Before:\n%s\n' "$expected"; exit 1; }
