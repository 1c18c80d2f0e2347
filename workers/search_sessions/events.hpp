#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace search_sessions {

// What the app's event log tells. Plain structs: weir sees their fields.
struct AppOpen {
  std::uint64_t user;
};
struct Search {
  std::uint64_t user;
  std::string query;
};
struct Results {
  std::uint64_t user;
  std::vector<std::string> items;
};
struct ClickResult {
  std::uint64_t user;
  std::string item;
};
struct AppClose {
  std::uint64_t user;
};
struct Timeout {
  std::uint64_t user;
};

using Event = std::variant<AppOpen, Search, Results, ClickResult, AppClose, Timeout>;
using Session = std::vector<Event>;

}  // namespace search_sessions
