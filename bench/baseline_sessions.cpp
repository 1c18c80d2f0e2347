#include "baseline_sessions.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace {

uint64_t mix(uint64_t x) {
  uint64_t z = x + 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}
struct AppOpen {
  uint64_t user;
};
struct Search {
  uint64_t user;
  std::string query;
};
struct Results {
  uint64_t user;
  std::vector<std::string> items;
};
struct ClickResult {
  uint64_t user;
  std::string item;
};
struct AppClose {
  uint64_t user;
};
using Event = std::variant<AppOpen, Search, Results, ClickResult, AppClose>;
struct Script {
  uint64_t user, r;
  int searches, step, clicks, done_clicks;
  int search = 0;
  uint64_t base = 0;
  explicit Script(uint64_t u) : user(u), r(mix(u)), searches(1 + int(r & 3)), step(0), clicks(0), done_clicks(0) {}
  bool next(Event& e) {
    switch (step) {
      case 0:
        e = AppOpen{user};
        step = 1;
        return true;
      case 1:
        if (search == searches) {
          e = AppClose{user};
          step = 9;
          return true;
        }
        r = mix(r);
        ++search;
        clicks = int((r >> 8) % 3);
        done_clicks = 0;
        base = (r >> 16) % 100000;
        e = Search{user, "q" + std::to_string(r % 10000)};
        step = 2;
        return true;
      case 2:
        e = Results{
            user,
            {"item-" + std::to_string(base), "item-" + std::to_string(base + 1), "item-" + std::to_string(base + 2)}};
        step = clicks ? 3 : 1;
        return true;
      case 3:
        e = ClickResult{user, "item-" + std::to_string(base + uint64_t(done_clicks))};
        if (++done_clicks == clicks) step = 1;
        return true;
    }
    return false;
  }
};
template <class F>
uint64_t generate(uint64_t U, uint64_t w, uint64_t W, F&& f) {
  uint64_t n = 0;
  std::vector<Script> g;
  uint64_t u = w;
  while (u < U) {
    g.clear();
    for (int i = 0; i < 1024 && u < U; ++i, u += W) g.emplace_back(u);
    std::size_t live = g.size();
    while (live) {
      std::size_t k = 0;
      for (std::size_t i = 0; i < live; ++i) {
        Event e;
        if (g[i].next(e)) {
          f(std::move(e));
          ++n;
          if (k != i) g[k] = std::move(g[i]);
          ++k;
        }
      }
      live = k;
    }
  }
  return n;
}

weir::bench::Outcome run(uint64_t U) {
  auto t0 = std::chrono::steady_clock::now();
  std::unordered_map<std::string, std::vector<Event>> open;
  uint64_t outputs = 0;
  double sum = 0;
  auto n = generate(U, 0, 1, [&](Event&& e) {
    std::string key = std::to_string(std::visit([](auto& x) { return x.user; }, e));
    auto it = open.try_emplace(std::move(key)).first;
    bool close = std::holds_alternative<AppClose>(e);
    it->second.push_back(std::move(e));
    if (close) {
      auto session = std::move(it->second);
      open.erase(it);
      std::vector<std::vector<Event>> parts;
      parts.emplace_back();
      for (auto& x : session) {
        if (std::holds_alternative<Search>(x)) parts.emplace_back();
        parts.back().push_back(std::move(x));
      }
      for (auto& p : parts) {
        bool s = false, k = false;
        for (auto& x : p) {
          s |= std::holds_alternative<Search>(x);
          k |= std::holds_alternative<ClickResult>(x);
        }
        if (s) {
          ++outputs;
          sum += k ? 1.0 : 0.0;
        }
      }
    }
  });
  double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count();
  return {n, outputs, static_cast<std::uint64_t>(sum), s};
}

}  // namespace

weir::bench::Outcome weir::bench::hand_written_sessions(std::uint64_t users) { return ::run(users); }
