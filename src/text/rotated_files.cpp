#include "text/rotated_files.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <ranges>
#include <span>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include "io/input_error.hpp"
#include "os/file.hpp"

namespace weir::detail::text {
namespace {

using Files = std::span<const RotatedFile>;

/// Looks for the file of a position.
class LogSearch {
 public:
  LogSearch(const LineFile& log, const LinePosition& position, RotatedNames& names, const ListFiles& others)
      : path_{log.path},
        log_{log.log},
        listed_{log.listed},
        position_{position},
        others_{others},
        names_{names},
        rotated_{names.of(log_, position.numbers_grow)},
        numbers_grow_{position.numbers_grow} {}

  LogFiles find() {
    std::vector<std::string> paths = find_paths();
    return {std::move(paths), numbers_grow_};
  }

 private:
  std::vector<std::string> find_paths() {
    const KnownFile& was = position_.file;
    const bool same = was.is_at(path_);
    const bool begins_alike = begins(path_) && (same || was.size > 0);
    if (const std::optional<std::string> renamed = same ? std::nullopt : find_renamed()) {
      return has_rotated_name(*renamed) ? from(*renamed) : with_other_name(*renamed);
    }
    if (begins_alike && listed_) {
      return {path_};  // a rotated file in a directory that is read is a partition of its own
    }
    const std::optional<Files> fresh = find_fresh();
    if (!fresh) {
      return without_known_order(begins_alike, same);
    }
    if (fresh->empty() && (begins_alike || was.size == 0)) {
      if (was.size < KnownFile::kSampleBytes && rotated_.files.size() > position_.rotated_files) {
        check_no_other_begins();
      }
      return {path_};
    }
    if (!fresh->empty()) {
      const std::string& oldest = fresh->front().path;
      const bool compressed = std::ranges::any_of(*fresh, &RotatedFile::compressed);
      if (compressed && (begins_alike || was.size == 0)) {
        refuse_compressed(*std::ranges::find_if(*fresh, &RotatedFile::compressed));
      }
      if (begins_alike && (!begins(oldest) || (same && bring_nothing(*fresh)))) {
        return {path_};
      }
      if (!fresh->front().compressed && begins(oldest)) {
        return from(oldest);
      }
    }
    return by_content();
  }

  [[nodiscard]] bool begins(const std::string& path) const {
    std::error_code gone;
    return position_.file.begins(path) && std::filesystem::file_size(path, gone) >= position_.offset;
  }

  // By its inode, under any name.
  [[nodiscard]] std::optional<std::string> find_renamed() const {
    if (!position_.file.has_identity()) {
      return std::nullopt;
    }
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{log_.parent_path(), error}) {
      std::string other = entry.path().string();
      if (other != log_ && position_.file.is_at(other) && begins(other)) {
        return other;
      }
    }
    return std::nullopt;
  }

  // Editors, too, rename a file to a name of their own, and write a new one that has its lines.
  std::vector<std::string> with_other_name(const std::string& renamed) {
    if (position_.file.size > 0 && was_edited()) {
      if (is_beginning(renamed, path_)) {
        return {path_};
      }
      std::error_code gone;
      if (position_.offset > 0 && std::filesystem::file_size(renamed, gone) == position_.file.size) {
        io::refuse_input(
            fmt::format("\"{}\" was renamed to \"{}\", and a file that begins alike has its name now: if that is the "
                        "same file, edited, move \"{}\" away; if it is the next log file, name both in another run",
                        path_, renamed, renamed));
      }
    }
    return from(renamed);
  }

  // The rotated files that came after the position was made; nothing if that cannot be told.
  [[nodiscard]] std::optional<Files> find_fresh() const {
    const Files all{rotated_.files};
    if (all.empty() || (position_.knows_rotated && !position_.newest_rotated)) {
      return all;
    }
    const std::optional<std::size_t> known = find_known();
    return known ? std::optional{all.subspan(*known + 1)} : std::nullopt;
  }

  // The file that was the newest one before.
  [[nodiscard]] std::optional<std::size_t> find_known() const {
    if (!position_.newest_rotated) {
      return std::nullopt;
    }
    const KnownFile& newest = *position_.newest_rotated;
    // Small files, such as those that are empty or have only a header, may equal others, and inodes are reused.
    const bool known_well = newest.size >= KnownFile::kSampleBytes;
    const bool all_restored = !position_.file.is_at(path_) && rotated_.files.size() == position_.rotated_files;
    for (const bool by_inode : {true, false}) {
      for (std::size_t i = rotated_.files.size(); i-- > 0;) {
        const std::string& path = rotated_.files[i].path;
        const KnownFile file = KnownFile::of(path).value_or(KnownFile{});
        const bool same_size = newest.size == file.size;
        if (newest.begins(path) &&
            (by_inode ? newest.is(file) && (known_well || same_size) : same_size && (known_well || all_restored))) {
          return i;
        }
      }
    }
    return std::nullopt;
  }

  // Whether a file that was rotated before the log seems to have been rotated after it.
  [[nodiscard]] bool is_out_of_order(const std::string& renamed) const {
    const auto found = std::ranges::find(rotated_.files, renamed, &RotatedFile::path);
    const std::optional<std::size_t> known = find_known();
    return !position_.was_rotated && known && found != rotated_.files.end() &&
           rotated_.files.begin() + static_cast<std::ptrdiff_t>(*known) > found;
  }

  // More rotated files are there than before, and none is newer by its name. Little is known of the log.
  void check_no_other_begins() const {
    for (const RotatedFile& each : rotated_.files) {
      if (!each.compressed && begins(each.path) && !is_beginning(each.path, path_)) {
        refuse_order(each.path);
      }
    }
  }

  // It is not known which of the rotated files were there before.
  std::vector<std::string> without_known_order(bool begins_alike, bool same) {
    const bool other_begins = std::ranges::any_of(rotated_.files, [&](const RotatedFile& each) {
      return !each.compressed && begins(each.path) && !is_beginning(each.path, path_);
    });
    const auto compressed = std::ranges::find_if(rotated_.files, &RotatedFile::compressed);
    const bool known_well = position_.file.size >= KnownFile::kSampleBytes || !position_.file.has_identity();
    if (begins_alike && known_well && (same || !other_begins)) {
      return {path_};
    }
    if ((begins_alike && other_begins) || position_.file.size == 0) {
      io::refuse_input(fmt::format(
          "\"{}\" was read before, and a log rotation may have come since: both it and a file beside it begin with the "
          "{} bytes that are known of it, so where to resume cannot be told; leave only the right one there, or begin "
          "anew with another recovery directory",
          path_, position_.file.size));
    }
    if (begins_alike && compressed != rotated_.files.end()) {
      refuse_compressed(*compressed);
    }
    return begins_alike ? std::vector{path_} : by_content();
  }

  // What was read is unchanged, and the rest is not: the file was edited.
  [[nodiscard]] bool was_edited() const {
    const os::File file{path_, O_RDONLY};
    return file.length() >= position_.offset && FileSample::of(file.read(0, position_.read.bytes)) == position_.read;
  }

  // The log does not begin as it did.
  std::vector<std::string> by_content() {
    std::vector<std::string> found;
    for (const RotatedFile& each : rotated_.files) {
      if (!each.compressed && position_.file.size > 0 && begins(each.path)) {
        found.push_back(each.path);
      }
    }
    if (found.size() == 1) {
      return from(found.front());
    }
    const std::optional<Files> fresh = find_fresh();
    if (found.empty() && (listed_ || (fresh && fresh->empty())) && was_edited()) {
      return {path_};
    }
    const auto compressed = std::ranges::find_if(rotated_.files, &RotatedFile::compressed);
    if (found.empty() && compressed != rotated_.files.end()) {
      refuse_compressed(*compressed);
    }
    io::refuse_input(
        found.empty()
            ? fmt::format("{} bytes of \"{}\" were read before, and it does not begin with them any more, nor does a "
                          "file beside it that a log rotation could have made of it; put it back, or begin anew with "
                          "another recovery directory",
                          position_.offset, path_)
            : fmt::format("{} bytes of \"{}\" were read before, and it does not begin with them any more, but \"{}\" "
                          "and \"{}\" do; leave only the right one there, or begin anew with another recovery "
                          "directory",
                          position_.offset, path_, found.front(), found.back()));
  }

  // The file, those that came after it, and the log.
  std::vector<std::string> from(const std::string& renamed) {
    // A copy, since `renamed` may lie in `rotated_`, which is listed again.
    const std::string first = renamed;  // NOLINT(performance-unnecessary-copy-initialization)
    if (is_out_of_order(first)) {
      numbers_grow_ = !numbers_grow_;
      rotated_ = names_.of(log_, numbers_grow_);
    }
    const std::optional<Files> fresh = find_fresh();
    if (!position_.was_rotated && has_rotated_name(first) && fresh &&
        (fresh->empty() || fresh->front().path != first)) {
      refuse_order(fresh->empty() ? first : fresh->front().path);
    }
    const auto found = std::ranges::find(rotated_.files, first, &RotatedFile::path);
    const bool is_rotated = found != rotated_.files.end();
    const std::optional<Files> after =
        is_rotated ? Files{rotated_.files}.subspan(static_cast<std::size_t>(found - rotated_.files.begin()) + 1)
                   : fresh;
    if (!after || (!after->empty() && (!is_rotated || !rotated_.in_order)) || is_out_of_order(first)) {
      io::refuse_input(
          fmt::format("\"{}\" was renamed to \"{}\", and the order of the other rotated files beside it does not "
                      "follow from their names; move those that were read to another directory",
                      path_, first));
    }
    std::vector<std::string> files{first};
    for (const RotatedFile& each : *after) {
      if (each.compressed) {
        refuse_compressed(each);
      }
      if (are_copies(each.path, first)) {
        io::refuse_input(fmt::format(
            "\"{}\" is a copy of \"{}\", to which \"{}\" was renamed: its lines would come twice; move it away",
            each.path, first, path_));
      }
      files.push_back(each.path);
    }
    check_not_read_for_themselves(files);
    files.push_back(path_);
    return files;
  }

  void check_not_read_for_themselves(const std::vector<std::string>& files) const {
    const std::vector<std::string> others = others_();
    for (const std::string& each : files) {
      const KnownFile file = KnownFile::of(each).value_or(KnownFile{});
      if (std::ranges::any_of(others, [&](const std::string& other) { return other != path_ && file.is_at(other); })) {
        io::refuse_input(
            fmt::format("\"{}\" was renamed to \"{}\", which is read for itself: files that are rotated cannot be read "
                        "as a directory; name \"{}\" alone",
                        path_, each, path_));
      }
    }
  }

  // Whether the log has their lines too, or they are read for themselves.
  [[nodiscard]] bool bring_nothing(Files files) const {
    const std::vector<std::string> others = others_();
    return std::ranges::all_of(files, [&](const RotatedFile& each) {
      return std::ranges::find(others, each.path) != others.end() || is_beginning(each.path, path_);
    });
  }

  [[nodiscard]] bool has_rotated_name(const std::string& file) const {
    return std::ranges::find(rotated_.files, file, &RotatedFile::path) != rotated_.files.end();
  }

  // Whether the other file is the first one, with or without more after it.
  [[nodiscard]] static bool is_beginning(const std::string& file, const std::string& of) {
    const CommonBeginning common = common_beginning(file, of);
    return common.bytes == common.first_size;
  }

  // Whether one of two files is the beginning of the other, beyond what was known of the log, which others may have
  // too.
  [[nodiscard]] bool are_copies(const std::string& one, const std::string& other) const {
    const CommonBeginning common = common_beginning(one, other);
    return common.bytes == std::min(common.first_size, common.second_size) && common.bytes > position_.file.size;
  }

  // The file that was the log must be the oldest of those that were rotated since.
  [[noreturn]] void refuse_order(const std::string& older) const {
    io::refuse_input(fmt::format(
        "rotated files have come beside \"{}\" since it was read, but \"{}\" is older than that by its number or date; "
        "a greater date means newer, a greater number older: rename or move away the files that break this order, or "
        "begin anew with another recovery directory",
        path_, older));
  }

  [[noreturn]] void refuse_compressed(const RotatedFile& file) const {
    io::refuse_input(
        fmt::format("the next lines of \"{}\" are in \"{}\", which was compressed since; unpack it", path_, file.path));
  }

  const std::string& path_;
  std::filesystem::path log_;
  bool listed_;
  const LinePosition& position_;
  const ListFiles& others_;
  RotatedNames& names_;
  RotatedFiles rotated_;
  bool numbers_grow_;
};

}  // namespace

LogFiles files_of_log(const LineFile& log, const LinePosition& position, RotatedNames& names, const ListFiles& others) {
  try {
    return LogSearch{log, position, names, others}.find();
  } catch (const std::system_error& error) {
    io::refuse_input(fmt::format("reading \"{}\" cannot be resumed: {}", log.path, error.what()));
  }
}

}  // namespace weir::detail::text
