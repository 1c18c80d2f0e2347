#include "weir/detail/text/line_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/input_error.hpp"
#include "text/line_position.hpp"
#include "text/part_positions.hpp"
#include "text/renamed_files.hpp"
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

// A pipe is read whole.
std::vector<std::optional<FilePart>> parts_of(const LineFile& file, const FilePart& parts) {
  if (!file.regular || parts.count == 1) {
    return {std::nullopt};
  }
  std::vector<std::optional<FilePart>> all;
  for (FilePart part = parts; part.index < part.count; ++part.index) {
    all.emplace_back(part);
  }
  return all;
}

}  // namespace

/// The files by their names, as they were listed last: from any thread.
struct LineFiles::Listed {
  struct Found {
    LineFile file;
    std::optional<FilePart> part;
  };
  using ByName = std::map<std::string, Found>;

  std::mutex mutex;
  std::shared_ptr<const ByName> latest;
  std::shared_ptr<RotatedNames> rotated = std::make_shared<RotatedNames>();

  void put(const std::vector<LineFile>& files, const FilePart& parts) {
    auto by_name = std::make_shared<ByName>();
    for (const LineFile& file : files) {
      for (const std::optional<FilePart>& part : parts_of(file, parts)) {
        by_name->emplace(part ? name_of_part(file.log, *part) : file.log, Found{file, part});
      }
    }
    const std::scoped_lock lock{mutex};
    latest = std::move(by_name);
    rotated = std::make_shared<RotatedNames>();
  }

  std::shared_ptr<RotatedNames> rotated_names() {
    const std::scoped_lock lock{mutex};
    return rotated;
  }

  std::optional<Found> find(const std::string& name) {
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
  listed_->put(files, parts_);
  std::vector<std::string> names;
  for (const LineFile& file : files) {
    for (const std::optional<FilePart>& part : parts_of(file, parts_)) {
      names.push_back(part ? name_of_part(file.log, *part) : file.log);
    }
  }
  return names;
}

void LineFiles::set_as_one() {
  check_order(parts_.count > 1);
  as_one_ = true;
}

void LineFiles::set_parts(std::size_t count, std::size_t stripe_bytes) {
  if (count == 0 || stripe_bytes == 0) {
    throw BuildError{fmt::format("files are to be read in {} parts of {} bytes in turn; both must be at least 1", count,
                                 stripe_bytes)};
  }
  check_order(as_one_ && count > 1);
  parts_ = {0, count, stripe_bytes};
}

void LineFiles::check_order(bool other) {
  if (other) {
    throw BuildError{
        "files are to be read as one stream, which keeps their order, and in parts, which do not; choose one"};
  }
}

LineInput LineFiles::input(const std::string& partition) const {
  LineInput input{{}, as_one_, [this] { return names_of(list_files(paths_)); }, limits_, nullptr, std::nullopt};
  if (as_one_) {
    input.files = list_files(paths_);
    input.rotated = std::make_shared<RotatedNames>();
    return input;
  }
  std::optional<Listed::Found> found = listed_->find(partition);
  if (!found) {
    listed_->put(list_files(paths_), parts_);
    found = listed_->find(partition);
  }
  if (!found) {
    throw UsageError{fmt::format("\"{}\" disappeared while the run started; start it again", partition)};
  }
  input.files.push_back(std::move(found->file));
  input.part = found->part;
  input.rotated = listed_->rotated_names();
  return input;
}

void LineFiles::rename_positions(const std::vector<std::string>& partitions,
                                 std::map<std::string, std::string>& positions) const {
  const auto is_of_files = [](const auto& kept) { return read_position(kept.second).has_value(); };
  if (positions.contains(kAsOne) != as_one_ && std::ranges::any_of(positions, is_of_files)) {
    io::refuse_input(fmt::format(
        "the files were read {}, and are to be read {} now, which the stored positions do not fit: read them as "
        "before, or begin anew with another recovery directory",
        as_one_ ? "each for itself" : "as one stream", as_one_ ? "as one stream" : "each for itself"));
  }
  if (as_one_) {
    return;
  }
  std::vector<DividedFile> files;
  std::vector<std::string> logs;
  for (const std::string& partition : partitions) {
    const std::optional<Listed::Found> found = listed_->find(partition);
    if (!found || !found->part || found->part->index == 0) {
      logs.push_back(partition);
      files.push_back({partition, found ? found->part : std::nullopt});
    }
  }
  const PartPositions of_parts{positions};
  rename_files(logs, positions);
  of_parts.add_to(positions, files);
}

}  // namespace weir::detail::text
