#include "text/rotated_names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <system_error>
#include <utility>

namespace weir::detail::text {
namespace {

constexpr std::array<std::string_view, 6> kCompressed{".gz", ".bz2", ".xz", ".zst", ".lz4", ".Z"};

std::string_view without_compression(std::string_view name) {
  const auto* const ending =
      std::ranges::find_if(kCompressed, [&](std::string_view each) { return name.ends_with(each); });
  return ending == kCompressed.end() ? name : name.substr(0, name.size() - ending->size());
}

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

bool may_be_rotated(std::string_view name) {
  const std::string_view plain = without_compression(name);
  return !plain.empty() && (is_digit(plain.back()) || plain.back() == 'Z');
}

// 1 is a number; 2026, 202611, 20261124, 2026-11-24, 1795478400 and what follows such are dates.
bool is_date(std::string_view first_digits) {
  return first_digits.size() >= 6 || (first_digits.size() == 4 && first_digits >= "1900" && first_digits < "2200");
}

bool has_less(const RotatedFile& a, const RotatedFile& b) { return a.numbers < b.numbers; }

using Time = std::filesystem::file_time_type;

Time changed(const RotatedFile& file) {
  std::error_code gone;
  return std::filesystem::last_write_time(file.path, gone);
}

RotatedFiles in_order(std::vector<RotatedFile> numbered, std::vector<RotatedFile> dated, bool numbers_grow) {
  std::ranges::sort(numbered, has_less);
  std::ranges::sort(dated, has_less);
  if (!numbers_grow) {
    std::ranges::reverse(numbered);
  }
  RotatedFiles all;
  if (!numbered.empty() && !dated.empty()) {
    const auto [first_numbered, last_numbered] = std::ranges::minmax(numbered, {}, changed);
    const auto [first_dated, last_dated] = std::ranges::minmax(dated, {}, changed);
    const bool numbers_first = changed(last_numbered) < changed(last_dated);
    all.in_order =
        numbers_first ? changed(last_numbered) < changed(first_dated) : changed(last_dated) < changed(first_numbered);
    if (!numbers_first) {
      std::swap(numbered, dated);
    }
    all.files = std::move(numbered);
    std::ranges::move(dated, std::back_inserter(all.files));
  } else {
    all.files = std::move(numbered.empty() ? dated : numbered);
  }
  return all;
}

}  // namespace

bool parse_rotated_name(std::string_view rest, RotatedFile& file) {
  if (rest.empty() || (rest.front() != '.' && rest.front() != '-')) {
    return false;
  }
  std::string_view digits = without_compression(rest.substr(1));
  file.compressed = digits.size() + 1 != rest.size();
  if (digits.ends_with('Z')) {
    digits.remove_suffix(1);
  }
  file.numbers.clear();
  std::size_t first_size = 0;
  const char* at = digits.data();
  const char* const end = at + digits.size();
  while (at != end) {
    const auto parsed = std::from_chars(at, end, file.numbers.emplace_back());
    if (parsed.ec != std::errc{} || !is_digit(*at)) {
      return false;
    }
    first_size = file.numbers.size() == 1 ? static_cast<std::size_t>(parsed.ptr - at) : first_size;
    at = parsed.ptr;
    if (at == end) {
      break;
    }
    const bool is_divided = std::string_view{"-._T:"}.find(*at) != std::string_view::npos;
    ++at;
    if (!is_divided || at == end) {
      return false;
    }
  }
  file.dated = is_date(digits.substr(0, first_size));
  return file.dated || file.numbers.size() == 1;
}

const std::vector<std::string>& RotatedNames::names_in(const std::filesystem::path& folder) {
  const auto [known, is_new] = names_.try_emplace(folder);
  if (is_new) {
    std::error_code error;  // what may not be listed has none
    for (const auto& entry : std::filesystem::directory_iterator{folder, error}) {
      if (std::string name = entry.path().filename().string(); may_be_rotated(name)) {
        known->second.push_back(std::move(name));
      }
    }
    std::ranges::sort(known->second);
  }
  return known->second;
}

RotatedFiles RotatedNames::of(const std::filesystem::path& log, bool numbers_grow) {
  const std::scoped_lock lock{mutex_};
  const std::string name = log.filename().string();
  const std::vector<std::string>& names = names_in(log.parent_path());
  std::vector<RotatedFile> numbered;
  std::vector<RotatedFile> dated;
  for (auto next = std::ranges::upper_bound(names, name); next != names.end() && next->starts_with(name); ++next) {
    RotatedFile file;
    file.path = (log.parent_path() / *next).string();
    std::error_code error;
    if (parse_rotated_name(std::string_view{*next}.substr(name.size()), file) &&
        std::filesystem::is_regular_file(file.path, error)) {
      (file.dated ? dated : numbered).push_back(std::move(file));
    }
  }
  return in_order(std::move(numbered), std::move(dated), numbers_grow);
}

}  // namespace weir::detail::text
