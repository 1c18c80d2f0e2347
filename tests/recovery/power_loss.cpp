#include "recovery/power_loss.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

namespace weir::recovery_tests {
namespace {

constexpr std::size_t kSectorBytes = 512;
constexpr std::size_t kNoFile = static_cast<std::size_t>(-1);

void write_whole(std::string& content, const FileCall& call) {
  if (call.kind == FileCall::Kind::kTruncate) {
    content.resize(call.offset);
    return;
  }
  if (content.size() < call.offset + call.bytes.size()) {
    content.resize(call.offset + call.bytes.size());
  }
  content.replace(call.offset, call.bytes.size(), call.bytes);
}

}  // namespace

void PowerLoss::apply(const FileCall& call) {
  using Kind = FileCall::Kind;
  switch (call.kind) {
    case Kind::kCreate:
      files_.emplace_back();
      note({call.kind, call.path, {}, files_.size() - 1});
      break;
    case Kind::kRename:
    case Kind::kRemove:
      note({call.kind, call.path, call.to, names_.contains(call.path) ? names_.at(call.path) : kNoFile});
      break;
    case Kind::kMakeDirectory:
      note({call.kind, call.path, {}, kNoFile});
      break;
    case Kind::kWrite:
    case Kind::kTruncate:
      file(call.path).unsynced.push_back(call);
      break;
    case Kind::kSync:
      if (const auto named = names_.find(call.path); named != names_.end() && named->second != kNoFile) {
        File& synced = files_[named->second];
        for (const FileCall& each : std::exchange(synced.unsynced, {})) {
          write_whole(synced.synced, each);
        }
      } else {  // a directory
        synced_names_ = names_;
        unsynced_names_.clear();
      }
      break;
  }
}

PowerLoss::File& PowerLoss::file(const std::string& path) {
  if (!names_.contains(path)) {
    files_.emplace_back();
    names_[path] = synced_names_[path] = files_.size() - 1;
  }
  return files_[names_.at(path)];
}

void PowerLoss::note(const NameChange& made) {
  change(names_, made);
  unsynced_names_.push_back(made);
}

void PowerLoss::change(std::map<std::string, std::size_t>& names, const NameChange& change) {
  if (change.kind == FileCall::Kind::kCreate || change.kind == FileCall::Kind::kMakeDirectory) {
    names[change.path] = change.file;
    return;
  }
  names.erase(change.path);
  if (change.kind == FileCall::Kind::kRename) {
    names[change.to] = change.file;
  }
}

void PowerLoss::leave(const std::string& directory, simulation::Rng& rng) const {
  std::map<std::string, std::size_t> names = synced_names_;
  const std::size_t kept = rng.below(unsynced_names_.size() + 1);
  for (std::size_t i = 0; i < kept; ++i) {
    change(names, unsynced_names_[i]);
  }
  for (const auto& [path, index] : names) {
    const std::filesystem::path whole = std::filesystem::path{directory} / path;
    if (index == kNoFile) {
      std::filesystem::create_directories(whole);
      continue;
    }
    std::filesystem::create_directories(whole.parent_path());
    const Content content = content_after(files_[index], rng);
    std::ofstream{whole, std::ios::binary}.write(content.data(), static_cast<std::streamsize>(content.size()));
  }
}

PowerLoss::Content PowerLoss::content_after(const File& file, simulation::Rng& rng) {
  Content content = file.synced;
  const bool all_lost = rng.percent(30);
  const bool all_kept = !all_lost && rng.percent(30);
  for (const FileCall& call : file.unsynced) {
    if (all_kept || (!all_lost && call.kind == FileCall::Kind::kTruncate && rng.percent(50))) {
      write_whole(content, call);
    } else if (!all_lost && call.kind == FileCall::Kind::kWrite) {
      write_sectors(content, call, rng);
    }
  }
  return content;
}

void PowerLoss::write_sectors(Content& content, const FileCall& call, simulation::Rng& rng) {
  for (std::size_t at = 0; at < call.bytes.size();) {
    const std::size_t in_sector = kSectorBytes - (call.offset + at) % kSectorBytes;
    const std::size_t size = std::min(in_sector, call.bytes.size() - at);
    if (rng.percent(50)) {
      write_whole(
          content,
          {.kind = call.kind, .path = {}, .to = {}, .offset = call.offset + at, .bytes = call.bytes.substr(at, size)});
    }
    at += size;
  }
}

}  // namespace weir::recovery_tests
