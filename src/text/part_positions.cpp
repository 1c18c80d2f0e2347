#include "text/part_positions.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include "io/input_error.hpp"
#include "os/file.hpp"
#include "text/known_file.hpp"

namespace weir::detail::text {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{256} << 10;

// The file of a part's partition.
std::string log_of(const std::string& name, const FilePart& part) {
  const std::string end = name_of_part({}, part);
  return name.ends_with(end) ? name.substr(0, name.size() - end.size()) : name;
}

std::string how(const std::optional<FilePart>& part) {
  return part ? fmt::format("in {} parts of {} bytes in turn", part->count, part->stripe_bytes) : "whole";
}

// Calls `line_begins` with the places from `from` up to `to` at which lines begin, until it returns false.
template <typename LineBegins>
bool all_lines(const os::File& file, std::uint64_t from, std::uint64_t to, LineBegins line_begins) {
  if (from == 0 && to > 0 && !line_begins(0)) {
    return false;
  }
  for (std::uint64_t at = from == 0 ? 0 : from - 1; at + 1 < to;) {
    const std::string bytes = file.read(at, std::min<std::uint64_t>(kBlockBytes, to - 1 - at));
    if (bytes.empty()) {
      return true;
    }
    for (std::size_t feed = bytes.find('\n'); feed != std::string::npos; feed = bytes.find('\n', feed + 1)) {
      if (!line_begins(at + feed + 1)) {
        return false;
      }
    }
    at += bytes.size();
  }
  return true;
}

/// The parts of a file as one position, if there is one before which all was read, and nothing after it.
class JoinedPlaces {
 public:
  JoinedPlaces(const std::string& log, const std::vector<PartPlace>& places)
      : log_{log}, layout_{places.front().part}, read_to_(layout_.count) {
    for (const PartPlace& place : places) {
      if (place.part.index < read_to_.size()) {
        read_to_[place.part.index] = place.position.offset;
      }
      furthest_ = furthest_ == nullptr || furthest_->position.offset < place.position.offset ? &place : furthest_;
    }
  }

  [[nodiscard]] std::optional<LinePosition> position() const {
    LinePosition joined = furthest_->position;
    if (!joined.file.begins(log_)) {
      return std::nullopt;
    }
    const os::File file{log_, O_RDONLY};
    const auto was_read = [this](std::uint64_t at) { return at < read_to_[at / layout_.stripe_bytes % layout_.count]; };
    if (!all_lines(file, first_unread(), joined.offset, was_read)) {
      return std::nullopt;
    }
    joined.log = log_;
    joined.number = 0;
    all_lines(file, 0, joined.offset, [&](std::uint64_t) { return ++joined.number != 0; });
    return joined;
  }

 private:
  [[nodiscard]] std::uint64_t first_unread() const {
    std::uint64_t first = furthest_->position.offset;
    for (std::uint64_t index = 0; index < read_to_.size(); ++index) {
      const FilePart part{index, layout_.count, layout_.stripe_bytes};
      first = std::min(first, part.next(read_to_[index]));
    }
    return first;
  }

  const std::string& log_;
  FilePart layout_;
  std::vector<std::uint64_t> read_to_;  // by part
  const PartPlace* furthest_ = nullptr;
};

LinePosition joined(const std::string& log, const std::vector<PartPlace>& places, const std::optional<FilePart>& now) {
  std::optional<LinePosition> position;
  try {
    position = JoinedPlaces{log, places}.position();
  } catch (const std::system_error& error) {
    io::refuse_input(fmt::format("reading \"{}\" cannot be resumed: {}", log, error.what()));
  }
  if (!position) {
    io::refuse_input(
        fmt::format("\"{}\" was read {}, some further than others, and is to be read {} now: read it to its end as "
                    "before, and change that then, or begin anew with another recovery directory",
                    log, how(places.front().part), how(now)));
  }
  return *std::move(position);
}

// The file that has this name, or that had it.
const DividedFile* find_file(const std::vector<DividedFile>& files, const std::string& log,
                             const std::vector<PartPlace>& places) {
  auto found = std::ranges::find(files, log, &DividedFile::log);
  if (found == files.end()) {
    const KnownFile& known = places.front().position.file;
    found = std::ranges::find_if(files, [&](const DividedFile& file) {
      try {
        return known.has_identity() && known.size > 0 && known.is_at(file.log) && known.begins(file.log);
      } catch (const std::system_error&) {
        return false;  // gone in the meantime
      }
    });
  }
  return found == files.end() ? nullptr : &*found;
}

// Each part reads its own lines after the position.
void divide(PartPositions::Positions& positions, const DividedFile& file) {
  const auto whole = positions.find(file.log);
  if (!file.part || whole == positions.end()) {
    return;
  }
  const LinePosition position = LinePosition::from_bytes(whole->second);
  FilePart part = *file.part;
  for (part.index = 0; part.index < part.count; ++part.index) {
    const std::optional<bool> in_line = part.has(position.offset) ? std::nullopt : std::optional{false};
    positions.insert_or_assign(name_of_part(file.log, part), PartPlace{part, in_line, position}.to_bytes());
  }
}

}  // namespace

std::string name_of_part(const std::string& log, const FilePart& part) {
  return part.index == 0 ? log : fmt::format("{}, part {} of {}", log, part.index + 1, part.count);
}

PartPositions::PartPositions(Positions& positions) {
  for (const auto& [name, bytes] : positions) {
    if (auto place = PartPlace::from_bytes(bytes); place && place->part.index == 0) {
      files_[name].push_back(std::move(*place));
    }
  }
  std::erase_if(positions, [this](const auto& kept) {
    auto place = PartPlace::from_bytes(kept.second);
    if (place && place->part.index != 0) {
      const auto file = files_.find(log_of(kept.first, place->part));
      if (file != files_.end() && file->second.front().part.divides_as(place->part)) {
        file->second.push_back(std::move(*place));
      }
    }
    return place.has_value();
  });
}

void PartPositions::add_to(Positions& positions, const std::vector<DividedFile>& files) const {
  for (const DividedFile& file : files) {
    divide(positions, file);
  }
  for (const auto& [log, places] : files_) {
    const DividedFile* const file = find_file(files, log, places);
    if (file == nullptr || (file->log != log && (positions.contains(file->log) || files_.contains(file->log)))) {
      positions.insert_or_assign(log, places.front().to_bytes());  // so the run names what it does not find
    } else if (file->part && file->part->divides_as(places.front().part)) {
      for (const PartPlace& place : places) {
        positions.insert_or_assign(name_of_part(file->log, place.part), place.to_bytes());
      }
    } else {
      positions.insert_or_assign(file->log, joined(file->log, places, file->part).to_bytes());
      divide(positions, *file);
    }
  }
}

}  // namespace weir::detail::text
