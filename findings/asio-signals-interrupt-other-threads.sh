#!/usr/bin/env bash
# Boost.Asio 1.81 (Debian 12): a signal_set lets signals interrupt blocking calls of other threads.
#
# Guess: Asio handles the signal in its io_context, so it installs the handler with SA_RESTART. Threads that do not use
# Asio notice nothing.
# Seen: Asio installs the handler without flags. A read in the thread that gets the signal fails with EINTR.
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
"${apt[@]}" download libboost1.81-dev=1.81.0-5+deb12u1
for package in *.deb; do dpkg-deb -x "$package" root; done

cat >program.cpp <<'CPP'
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <future>
#include <thread>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

int main() {
  boost::asio::io_context context;
  boost::asio::signal_set signals{context, SIGUSR1};
  int ends[2];
  if (pipe(ends) != 0) {
    return 1;
  }
  std::promise<int> ended;
  std::thread reads{[&] {
    char byte = 0;
    ended.set_value(read(ends[0], &byte, 1) < 0 ? errno : 0);
  }};
  auto outcome = ended.get_future();
  const auto ready = [&] { return outcome.wait_for(std::chrono::milliseconds{10}) == std::future_status::ready; };
  for (int sent = 0; sent < 200 && !ready(); ++sent) {
    pthread_kill(reads.native_handle(), SIGUSR1);
  }
  const bool interrupted = ready();
  if (!interrupted && write(ends[1], "x", 1) != 1) {
    return 1;
  }
  reads.join();
  std::puts(interrupted && outcome.get() == EINTR ? "read fails with EINTR" : "read blocks on");
}
CPP
g++ -std=c++20 -isystem root/usr/include -pthread program.cpp -o program
found=$(./program)
expected=$(cat <<'EXPECTED'
read fails with EINTR
EXPECTED
)
echo "$found"
[[ $found == "$expected" ]] || { printf 'The behaviour has changed. Expected:\n%s\n' "$expected"; exit 1; }
