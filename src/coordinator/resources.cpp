#include "coordinator/resources.hpp"

#include <cstddef>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "database/name.hpp"
#include "os/file.hpp"
#include "os/file_lock.hpp"
#include "os/place.hpp"
#include "recovery/sqlite_store.hpp"
#include "weir/errors.hpp"

namespace weir::detail::coordinator {
namespace {

using os::Place;
using Kind = Resource::Kind;

/// A resource as one step uses it.
struct Use {
  std::string user;  ///< "step "out""
  std::size_t step;
  bool writes;
  Resource resource;
  Place place;
  std::vector<Place> directories;  ///< that a file is in: under the name that it was given, and its own
};

bool is_hidden(const std::filesystem::path& path) { return path.filename().string().starts_with('.'); }

std::vector<Place> directories_of(const Resource& resource) {
  std::vector<Place> directories;
  if (resource.kind() == Kind::kFile || resource.kind() == Kind::kTable) {
    const std::filesystem::path path{resource.path()};
    for (const std::filesystem::path& each : {path, os::without_links(path)}) {
      if (!is_hidden(each)) {
        directories.push_back(os::place_of(os::directory_of(each)));
      }
    }
  }
  return directories;
}

Place place_of(const Resource& resource) {
  switch (resource.kind()) {
    case Kind::kStandardInput:
      return os::place_of_input();
    case Kind::kStandardOutput:
      return os::place_of_output();
    case Kind::kFile:
    case Kind::kDirectory:
    case Kind::kTable:
      break;
  }
  return os::place_of(std::filesystem::path{resource.path()});
}

std::string name_of(const Resource& resource) {
  switch (resource.kind()) {
    case Kind::kStandardInput:
      return "standard input";
    case Kind::kStandardOutput:
      return "standard output";
    case Kind::kDirectory:
      return fmt::format("the directory \"{}\"", resource.path());
    case Kind::kTable:
      return fmt::format("the table \"{}\" of \"{}\"", resource.table(), resource.path());
    case Kind::kFile:
      break;
  }
  return fmt::format("\"{}\"", resource.path());
}

std::string told(const Use& use) {
  return fmt::format("{} {} {}", use.user, use.writes ? "writes" : "reads", name_of(use.resource));
}

bool is_in(const Use& file, const Use& directory) {
  for (const Place& each : file.directories) {
    if (each.device == directory.place.device && each.inode == directory.place.inode &&
        each.missing == directory.place.missing) {
      return true;
    }
  }
  return false;
}

bool is_directory(const Use& use) { return use.resource.kind() == Kind::kDirectory; }
bool is_table(const Use& use) { return use.resource.kind() == Kind::kTable; }
bool is_stream(const Use& use) {
  return use.resource.kind() == Kind::kStandardInput || use.resource.kind() == Kind::kStandardOutput;
}

bool same_table(const Use& one, const Use& other) {
  return database::same_name(database::without_schema(one.resource.table()),
                             database::without_schema(other.resource.table()));
}

// Why two uses clash, at least one of which writes; null: they do not.
const char* clash_of(const Use& one, const Use& other) {
  if (is_directory(one) != is_directory(other) && (is_directory(one) ? is_in(other, one) : is_in(one, other))) {
    return "the file is in that directory";
  }
  if (one.place != other.place || one.place.type == Place::Type::kDevice) {
    return nullptr;
  }
  if (is_table(one) && is_table(other)) {
    return same_table(one, other) ? "that is one table" : nullptr;
  }
  const bool both_write = one.writes && other.writes;
  if (both_write && (one.place.type == Place::Type::kPipe || (is_stream(one) && is_stream(other)))) {
    return nullptr;
  }
  return is_directory(one) ? "that is one directory" : "that is one file";
}

void check_pair(const Use& one, const Use& other) {
  if (one.writes || other.writes) {
    if (const char* const clash = clash_of(one, other)) {
      throw UsageError{fmt::format("{}, and {}: {}; name another for one of them", told(one), told(other), clash)};
    }
    return;
  }
  const bool at_once = one.place.type == Place::Type::kPipe || (is_stream(one) && is_stream(other));
  if (at_once && one.place == other.place && one.place.type != Place::Type::kDevice) {
    throw UsageError{
        fmt::format("{}, and {}: each step would get only some of the data; read it in one step, and use its stream "
                    "twice",
                    told(one), told(other))};
  }
}

// Before any output is emptied. The output is locked only when it is opened.
void check_lock(const Use& use) {
  if (use.resource.kind() == Kind::kFile && use.place.type == Place::Type::kRegular &&
      os::is_locked(use.resource.path())) {
    os::refuse_locked(fmt::format("{}: \"{}\"", use.user, use.resource.path()));
  }
}

void add_use(std::vector<Use>& uses, std::string user, std::size_t step, bool writes, Resource resource) {
  Place place = place_of(resource);
  std::vector<Place> directories = directories_of(resource);
  uses.push_back({std::move(user), step, writes, std::move(resource), std::move(place), std::move(directories)});
}

std::vector<Use> uses_of(const graph::Graph& graph, const std::string& recovery) {
  std::vector<Use> uses;
  for (std::size_t index = 0; index < graph.steps().size(); ++index) {
    const graph::StepSpec& step = graph.steps()[index];
    const bool writes = step.sink() != nullptr;
    auto resources = runtime::call_to_prepare(step.id, writes ? "the sink's resources" : "the source's resources",
                                              [&] { return step.factory->resources(); });
    for (Resource& resource : resources) {
      add_use(uses, fmt::format("step \"{}\"", step.id), index, writes, std::move(resource));
    }
  }
  if (!recovery.empty()) {
    for (const std::filesystem::path& file : recovery::SqliteStore::files_of(recovery)) {
      add_use(uses, "the snapshot store", graph.steps().size(), true, Resource::file(file.string()));
    }
  }
  return uses;
}

}  // namespace

void check_resources(const graph::Graph& graph, const std::string& recovery) {
  const std::vector<Use> uses = uses_of(graph, recovery);
  const auto matters = [](const Use& use) {
    return use.writes || use.place.type == Place::Type::kPipe || is_stream(use);
  };
  for (const Use& one : uses) {
    if (!matters(one)) {
      continue;  // many files are read, and few things are written
    }
    for (const Use& other : uses) {
      if (other.step != one.step && (&one < &other || !matters(other))) {
        check_pair(one, other);
      }
    }
  }
  for (const Use& use : uses) {
    if (use.writes && use.step < graph.steps().size()) {
      check_lock(use);
    }
  }
}

}  // namespace weir::detail::coordinator
