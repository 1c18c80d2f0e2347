#include "kafka/sent_epoch.hpp"

#include <charconv>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fmt/format.h>

namespace weir::detail::kafka {
namespace {

// ID, TOKEN, a line TOPIC PARTITION FIRST LAST each, and an end.
constexpr std::string_view kEnd = "end";

// Without its end; nothing if it has none.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

template <typename Number>
bool take_number(std::string_view& line, Number& number) {
  if (!line.starts_with(' ')) {
    return false;
  }
  const char* const last = line.data() + line.size();
  const auto [behind, error] = std::from_chars(line.data() + 1, last, number);
  line.remove_prefix(static_cast<std::size_t>(behind - line.data()));
  return error == std::errc{} && number >= 0;
}

std::optional<SentPartition> partition_of(std::string_view line) {
  const std::size_t end = line.find(' ');
  if (end == 0 || end == std::string_view::npos) {
    return std::nullopt;
  }
  SentPartition sent{.partition = {.topic = std::string{line.substr(0, end)}}};
  line.remove_prefix(end);
  const bool whole = take_number(line, sent.partition.number) && take_number(line, sent.first) &&
                     take_number(line, sent.last) && line.empty();
  return whole ? std::optional{std::move(sent)} : std::nullopt;
}

}  // namespace

std::string SentEpoch::text() const {
  std::string text = fmt::format("{}\n{}\n", id, token.text());
  for (const SentPartition& sent : partitions) {
    text += fmt::format("{} {} {} {}\n", sent.partition.topic, sent.partition.number, sent.first, sent.last);
  }
  return text.append(kEnd).append("\n");
}

std::optional<SentEpoch> SentEpoch::of(std::string_view text) {
  const std::optional<std::string_view> id = take_line(text);
  const std::optional<std::string_view> token_text = take_line(text);
  const std::optional<OutputToken> token = token_text ? OutputToken::of(*token_text) : std::nullopt;
  if (!token || id->empty()) {
    return std::nullopt;
  }
  SentEpoch sent{.id = std::string{*id}, .token = *token, .partitions = {}};
  for (std::optional<std::string_view> line = take_line(text); line; line = take_line(text)) {
    if (*line == kEnd) {
      return text.empty() ? std::optional{std::move(sent)} : std::nullopt;
    }
    std::optional<SentPartition> partition = partition_of(*line);
    if (!partition) {
      return std::nullopt;
    }
    sent.partitions.push_back(*std::move(partition));
  }
  return std::nullopt;
}

std::optional<SentEpoch> SentFile::read() const {
  std::ifstream file{path_, std::ios::binary};
  return SentEpoch::of(std::string{std::istreambuf_iterator<char>{file}, {}});
}

void SentFile::write(const SentEpoch& sent) const {
  const std::filesystem::path made = path_.string() + "-new";
  std::ofstream file{made, std::ios::binary};
  file << sent.text();
  file.close();
  if (!file) {
    throw std::system_error{std::make_error_code(std::errc::io_error),
                            fmt::format("\"{}\" cannot be written", made.string())};
  }
  std::filesystem::rename(made, path_);
}

}  // namespace weir::detail::kafka
