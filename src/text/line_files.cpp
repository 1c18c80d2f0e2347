#include "weir/detail/text/line_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/input_error.hpp"
#include "text/line_position.hpp"
#include "text/rotated_names.hpp"
#include "weir/errors.hpp"

namespace weir::detail::text {
namespace {

constexpr const char* kAsOne = "all files";

using Inode = std::pair<std::uint64_t, std::uint64_t>;

// Fails at the start of a run, rather than when the file's turn comes.
void check_readable(const std::string& path) {
  if (path == "-") {
    // A descriptor that was closed as the run began is there in name only.
    if (const int flags = ::fcntl(STDIN_FILENO, F_GETFL); flags < 0 || (flags & O_PATH) != 0) {
      throw UsageError{"standard input is closed; open it, or name a file"};
    }
    return;
  }
  struct stat status{};
  const bool there = ::stat(path.c_str(), &status) == 0;
  if (there && S_ISDIR(status.st_mode)) {
    throw UsageError{fmt::format("\"{}\" is a directory; name a file", path)};
  }
  if (!there || ::access(path.c_str(), R_OK) != 0) {
    throw UsageError{fmt::format("\"{}\" cannot be read: {}", path, std::generic_category().message(errno))};
  }
}

// A pipe or device keeps its name: what it leads to may have none.
std::string name_of(const std::string& path, bool regular) {
  std::error_code error;
  const std::filesystem::path canonical =
      regular ? std::filesystem::canonical(path, error) : std::filesystem::path{path};
  return error ? path : canonical.string();
}

/// Files as they are listed; each is in it once.
class Listing {
 public:
  void add_named(const std::string& path) {
    check_readable(path);
    struct stat status{};
    const bool there = path == "-" ? ::fstat(STDIN_FILENO, &status) == 0 : ::stat(path.c_str(), &status) == 0;
    check_twice(path, there, status);
    const bool regular = path != "-" && there && S_ISREG(status.st_mode);
    files_.push_back({path, name_of(path, regular), regular, false});
    if (there) {
      spelled_.try_emplace({status.st_dev, status.st_ino}, path);
    }
  }

  // A file that has several names in the directory goes by that of the file itself, or by the first one.
  void add_directory(const std::string& directory) {
    std::vector<LineFile> found = files_in(directory);
    for (const bool links : {false, true}) {
      for (LineFile& file : found) {
        if (std::filesystem::is_symlink(file.path) == links) {
          check_access(file.path);
          file.log = keep(file.path) ? name_of(file.path, true) : std::string{};
        }
      }
    }
    std::ranges::copy_if(found, std::back_inserter(files_), [](const LineFile& file) { return !file.log.empty(); });
    std::ranges::move(in_directory_, std::inserter(spelled_, spelled_.end()));
    in_directory_.clear();
  }

  std::vector<LineFile> take() { return std::move(files_); }

 private:
  static std::vector<LineFile> files_in(const std::string& directory) {
    std::vector<LineFile> files;
    std::error_code error;
    for (std::filesystem::directory_iterator next{directory, error}, end; !error && next != end;
         next.increment(error)) {
      const std::string name = next->path().filename().string();
      if (!name.starts_with('.') && next->is_regular_file(error)) {
        files.push_back({next->path().string(), {}, true, true});
      }
    }
    if (error) {
      throw UsageError{fmt::format("the directory \"{}\" cannot be read: {}", directory, error.message())};
    }
    if (files.empty()) {
      throw UsageError{fmt::format("the directory \"{}\" has no files", directory)};
    }
    std::ranges::sort(files, {}, &LineFile::path);
    return files;
  }

  // It may be gone by now.
  static void check_access(const std::string& path) {
    if (::access(path.c_str(), R_OK) != 0 && errno == EACCES) {
      throw UsageError{fmt::format("\"{}\" cannot be read: {}", path, std::generic_category().message(EACCES))};
    }
  }

  bool keep(const std::string& path) {
    struct stat status{};
    const bool there = ::stat(path.c_str(), &status) == 0;
    check_twice(path, there, status);
    return there && in_directory_.try_emplace({status.st_dev, status.st_ino}, path).second;
  }

  // Two readers would read a file twice, and tear the lines of a pipe.
  void check_twice(const std::string& path, bool there, const struct stat& status) {
    if (!there || !(S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode))) {
      if (!others_.try_emplace(path, path).second) {
        throw UsageError{fmt::format("\"{}\" is named twice; each file is read once", path)};
      }
      return;
    }
    const Inode inode{status.st_dev, status.st_ino};
    const auto before = spelled_.find(inode);
    if (before != spelled_.end()) {
      throw UsageError{
          before->second == path
              ? fmt::format("\"{}\" is named twice; each file is read once", path)
              : fmt::format("\"{}\" and \"{}\" are the same file, which is so named twice; each file is read once",
                            before->second, path)};
    }
  }

  std::vector<LineFile> files_;
  std::map<Inode, std::string> spelled_;
  std::map<Inode, std::string> in_directory_;  // of the one that is being added
  std::map<std::string, std::string> others_;
};

std::vector<std::string> names_of(const std::vector<LineFile>& files) {
  std::vector<std::string> names;
  std::ranges::transform(files, std::back_inserter(names), &LineFile::log);
  return names;
}

std::optional<LinePosition> read_position(const std::string& bytes) {
  try {
    return LinePosition::from_bytes(bytes);
  } catch (const RecoveryError&) {
    return std::nullopt;  // not of a text file
  }
}

/// Finds the partitions that positions of other names belong to.
class NamesOfFiles {
 public:
  NamesOfFiles(const std::vector<std::string>& partitions, const std::map<std::string, std::string>& positions) {
    for (const std::string& partition : partitions) {
      struct stat status{};
      if (::stat(partition.c_str(), &status) == 0) {
        by_inode_.emplace(Inode{status.st_dev, status.st_ino}, partition);
      }
      const auto own = positions.find(partition);
      own_.emplace(partition, own == positions.end() ? std::nullopt : read_position(own->second));
    }
  }

  [[nodiscard]] bool has(const std::string& partition) const { return own_.contains(partition); }

  /// Whether the position is one of a partition.
  bool takes(const std::string& name, const std::string& bytes) {
    const std::optional<LinePosition> position = read_position(bytes);
    const std::optional<std::string> partition = position ? find(name, *position) : std::nullopt;
    if (!partition) {
      return false;
    }
    // Of two names of one file, the greater offset counts. A partition whose own file was read keeps its own position.
    std::optional<LinePosition>& own = own_.at(*partition);
    const bool same = own && own->file.is(position->file);
    if (!own || (same && own->offset < position->offset) || (!same && own->offset == 0)) {
      own = position;
      taken_.insert_or_assign(*partition, bytes);
    }
    return true;
  }

  [[nodiscard]] const std::map<std::string, std::string>& taken() const noexcept { return taken_; }

 private:
  [[nodiscard]] std::optional<std::string> find(const std::string& name, const LinePosition& position) const {
    if (!position.file.has_identity()) {
      return find_spelled(name);
    }
    const auto same = by_inode_.find({position.file.identity.device, position.file.identity.inode});
    const bool renamed = same != by_inode_.end() && position.file.size > 0 && position.file.is_at(same->second) &&
                         position.file.begins(same->second);
    return renamed ? std::optional{same->second} : std::nullopt;
  }

  // Earlier builds named a partition as the user wrote it.
  [[nodiscard]] std::optional<std::string> find_spelled(const std::string& name) const {
    std::error_code error;
    const std::filesystem::path canonical = std::filesystem::canonical(name, error);
    if (!error && has(canonical.string())) {
      return canonical.string();
    }
    const std::filesystem::path path{name};
    for (const auto& [partition, own] : own_) {
      if (!own && path.is_relative() && path.filename() == std::filesystem::path{partition}.filename()) {
        io::refuse_input(fmt::format(
            "an earlier build of weir stored the position of \"{}\", a path relative to the directory where it was "
            "started; start there, so that weir can tell whether that file is \"{}\", or begin anew with another "
            "recovery directory",
            name, partition));
      }
    }
    return std::nullopt;
  }

  std::map<std::string, std::optional<LinePosition>> own_;  // by partition
  std::map<Inode, std::string> by_inode_;
  std::map<std::string, std::string> taken_;
};

}  // namespace

/// The files by their names, as they were listed last: from any thread.
struct LineFiles::Listed {
  using ByName = std::map<std::string, LineFile>;

  std::mutex mutex;
  std::shared_ptr<const ByName> latest;
  std::shared_ptr<RotatedNames> rotated = std::make_shared<RotatedNames>();

  void put(const std::vector<LineFile>& files) {
    auto by_name = std::make_shared<ByName>();
    for (const LineFile& file : files) {
      by_name->emplace(file.log, file);
    }
    const std::scoped_lock lock{mutex};
    latest = std::move(by_name);
    rotated = std::make_shared<RotatedNames>();
  }

  std::shared_ptr<RotatedNames> rotated_names() {
    const std::scoped_lock lock{mutex};
    return rotated;
  }

  std::optional<LineFile> find(const std::string& name) {
    const std::scoped_lock lock{mutex};
    const auto found = latest == nullptr ? ByName::const_iterator{} : latest->find(name);
    return latest == nullptr || found == latest->end() ? std::nullopt : std::optional{found->second};
  }
};

LineFiles::LineFiles(std::vector<std::string> paths) : paths_{std::move(paths)}, listed_{std::make_shared<Listed>()} {}

std::vector<LineFile> list_files(const std::vector<std::string>& paths) {
  if (paths.empty()) {
    throw UsageError{"there is no file to read; name one, or - for standard input"};
  }
  Listing listing;
  for (const std::string& path : paths) {
    std::error_code error;
    if (path != "-" && std::filesystem::is_directory(path, error)) {
      listing.add_directory(path);
    } else {
      listing.add_named(path);
    }
  }
  return listing.take();
}

std::vector<std::string> LineFiles::partitions() const {
  const std::vector<LineFile> files = list_files(paths_);
  if (as_one_) {
    return {kAsOne};
  }
  listed_->put(files);
  return names_of(files);
}

LineInput LineFiles::input(const std::string& partition) const {
  LineInput input{{}, as_one_, [this] { return names_of(list_files(paths_)); }, limits_, nullptr};
  if (as_one_) {
    input.files = list_files(paths_);
    input.rotated = std::make_shared<RotatedNames>();
    return input;
  }
  std::optional<LineFile> file = listed_->find(partition);
  if (!file) {
    listed_->put(list_files(paths_));
    file = listed_->find(partition);
  }
  if (!file) {
    throw UsageError{fmt::format("\"{}\" disappeared while the run started; start it again", partition)};
  }
  input.files.push_back(std::move(*file));
  input.rotated = listed_->rotated_names();
  return input;
}

void LineFiles::rename_positions(const std::vector<std::string>& partitions,
                                 std::map<std::string, std::string>& positions) const {
  const std::set<std::string> known{partitions.begin(), partitions.end()};
  const auto is_of_files = [](const auto& kept) { return read_position(kept.second).has_value(); };
  if (positions.contains(kAsOne) != as_one_ && std::ranges::any_of(positions, is_of_files)) {
    io::refuse_input(fmt::format(
        "the files were read {}, and are to be read {} now, which the stored positions do not fit: read them as "
        "before, or begin anew with another recovery directory",
        as_one_ ? "each for itself" : "as one stream", as_one_ ? "as one stream" : "each for itself"));
  }
  if (as_one_ || std::ranges::all_of(positions, [&](const auto& kept) { return known.contains(kept.first); })) {
    return;
  }
  NamesOfFiles names{partitions, positions};
  std::erase_if(positions,
                [&](const auto& kept) { return !names.has(kept.first) && names.takes(kept.first, kept.second); });
  for (const auto& [partition, position] : names.taken()) {
    positions.insert_or_assign(partition, position);
  }
}

}  // namespace weir::detail::text
