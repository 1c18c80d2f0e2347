#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace weir {

/// An external resource that a source reads or a sink writes: a file, a directory, a table, standard input or output.
///
/// A source or sink names its resources by a member `resources()`. It is optional, so code that uses no files needs
/// none:
///
///     std::vector<weir::Resource> resources() const { return {weir::Resource::file(path_)}; }
///
/// Before a run opens anything it compares the resources of all its steps. Files are compared by device and inode, so
/// that links and other spellings of a path count as their target. Files that do not exist yet are compared by the
/// directory that they will be in. weir refuses the run where a step writes a resource that another step reads or
/// writes, where a step writes into the recovery directory, and where two steps read one pipe. Several steps may write
/// terminals, devices such as `/dev/null`, standard output, and pipes.
class Resource {
 public:
  /// What it is: `kTable` of an SQLite database, `kDirectory` with its present and later files.
  enum class Kind : std::uint8_t { kFile, kDirectory, kTable, kStandardInput, kStandardOutput };

  /// One file, by any path that leads to it.
  static Resource file(std::string path) { return {Kind::kFile, std::move(path), {}}; }
  /// The files in a directory, existing and future, except those whose names begin with a dot.
  static Resource directory(std::string path) { return {Kind::kDirectory, std::move(path), {}}; }
  /// A table of an SQLite database. Its name is compared as SQLite does.
  static Resource table(std::string database, std::string name) {
    return {Kind::kTable, std::move(database), std::move(name)};
  }
  static Resource standard_input() { return {Kind::kStandardInput, {}, {}}; }    ///< of the process
  static Resource standard_output() { return {Kind::kStandardOutput, {}, {}}; }  ///< of the process

  [[nodiscard]] Kind kind() const noexcept { return kind_; }  ///< decides which of the paths have a meaning
  /// Of the file, the directory or the table's database.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// The name of the table.
  [[nodiscard]] const std::string& table() const noexcept { return table_; }

 private:
  Resource(Kind kind, std::string path, std::string table)
      : kind_{kind}, path_{std::move(path)}, table_{std::move(table)} {}

  Kind kind_;
  std::string path_;
  std::string table_;
};

namespace detail {

/// The resources that a source or sink names; none if it names none.
template <typename S>
std::vector<Resource> resources_of(const S& source_or_sink) {
  if constexpr (requires { source_or_sink.resources(); }) {
    constexpr bool kNamesThem = std::same_as<decltype(source_or_sink.resources()), std::vector<Resource>>;
    static_assert(kNamesThem, "resources: must be std::vector<weir::Resource> resources() const");
    if constexpr (kNamesThem) {
      return source_or_sink.resources();
    }
  } else {
    constexpr bool kNotConst = requires(S& changed) { changed.resources(); };
    static_assert(!kNotConst, "resources: must be std::vector<weir::Resource> resources() const");
  }
  return {};
}

}  // namespace detail
}  // namespace weir
