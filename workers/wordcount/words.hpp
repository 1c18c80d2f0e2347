#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace wordcount {

/// What stands between spaces and tabs.
inline std::vector<std::string> split_into_words(const std::string& line) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  std::vector<std::string> words;
  for (auto begin = std::ranges::find_if_not(line, is_space); begin != line.end();) {
    const auto end = std::find_if(begin, line.end(), is_space);
    words.emplace_back(begin, end);
    begin = std::find_if_not(end, line.end(), is_space);
  }
  return words;
}

}  // namespace wordcount
