#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weir::bench {

/// What is measured, and at which sizes.
struct Options {
  std::vector<std::string> workloads{"S",     "S-floor", "S-tutorial", "JSON", "JSON-parts", "W", "W-combined", "K",
                                     "K-few", "T",       "SL",         "SE",   "J",          "X", "L"};
  std::vector<std::size_t> workers{1, 2, 4, 8};
  std::vector<std::string> exchanges{"cereal"};
  std::size_t pairs = 7;
  std::uint64_t users = 1'000'000;
  std::uint64_t logged_users = 200'000;
  std::uint64_t lines = 500'000;
  std::uint64_t numbers = 20'000'000;
  std::uint64_t events = 10'000'000;
  std::uint64_t items = 5'000'000;
  std::uint64_t records = 100'000'000;
  std::vector<std::uint64_t> rates{10'000, 100'000, 1'000'000};  ///< of L, events a second
  std::uint64_t seconds = 10;                                    ///< of L, at each rate
  bool copies = false;                                           ///< the loops at once, too
  bool quick = false;

  void shorten() {
    pairs = std::min<std::size_t>(pairs, 3);
    users /= 10;
    logged_users /= 10;
    lines /= 10;
    numbers /= 10;
    events /= 10;
    items /= 10;
    records /= 10;
    seconds = std::min<std::uint64_t>(seconds, 3);
  }
};

}  // namespace weir::bench
