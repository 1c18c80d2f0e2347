#include "io/torn_lines.hpp"

#include <new>
#include <utility>

#include <unistd.h>

#include "io/io_thread.hpp"
#include "os/file_identity.hpp"

namespace weir::detail::io {
namespace {

std::tuple<std::uint64_t, std::uint64_t, std::int64_t> key(const os::FileIdentity& identity) {
  return {identity.device, identity.inode, identity.made};
}

}  // namespace

void TornLines::keep(int descriptor, std::string_view rest) noexcept {
  try {
    const os::FileIdentity identity = os::FileIdentity::of(descriptor);
    if (identity.inode != 0) {
      const std::scoped_lock lock{mutex_};
      rests_.insert_or_assign(key(identity), rest);
    }
  } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): the line stays torn
  }
}

std::optional<std::string> TornLines::take(int descriptor) {
  const std::scoped_lock lock{mutex_};
  auto torn = rests_.extract(key(os::FileIdentity::of(descriptor)));
  return torn.empty() ? std::nullopt : std::optional{std::move(torn.mapped())};
}

OpenPipes::~OpenPipes() {
  for (const auto& [path, descriptor] : descriptors_) {
    ::close(descriptor);
  }
}

void OpenPipes::keep(const std::string& path, int descriptor) noexcept {
  try {
    const std::scoped_lock lock{mutex_};
    if (descriptors_.try_emplace(path, descriptor).second) {
      return;
    }
  } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): it is closed
  }
  ::close(descriptor);
}

std::optional<int> OpenPipes::take(const std::string& path) {
  const std::scoped_lock lock{mutex_};
  const auto kept = descriptors_.extract(path);
  return kept.empty() ? std::nullopt : std::optional{kept.mapped()};
}

TornPipes* torn_pipes_of(const IoThread& io) {
  const auto* const own = dynamic_cast<const AsioIoThread*>(&io);
  return own != nullptr ? own->torn() : nullptr;
}

}  // namespace weir::detail::io
