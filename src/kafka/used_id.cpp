#include "kafka/used_id.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include <fcntl.h>

#include "os/durable_file.hpp"
#include "os/file.hpp"
#include "output/segment.hpp"

namespace weir::detail::kafka {
namespace {

constexpr std::size_t kMostBytes = 4'096;

// The line that `set` writes, without its end.
bool is_id(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F'; });
}

}  // namespace

UsedId::UsedId(std::filesystem::path path) : path_{std::move(path)} {
  if (!os::exists(path_)) {
    return;
  }
  std::string text = os::File{path_, O_RDONLY | O_CLOEXEC}.read(0, kMostBytes);
  const bool ends = text.ends_with('\n');
  text.resize(text.size() - (ends ? 1 : 0));
  if (!ends || !is_id(text)) {
    output::refuse_output(path_.string(), "is damaged");
  }
  last_ = std::move(text);
}

void UsedId::set(const std::string& id) {
  // A crash must leave the old name or the new one.
  const std::filesystem::path made = path_.string() + "-new";
  os::write_durably(made, id + "\n");
  std::filesystem::rename(made, path_);
  os::sync_directory(os::directory_of(path_));
  last_ = id;
}

}  // namespace weir::detail::kafka
