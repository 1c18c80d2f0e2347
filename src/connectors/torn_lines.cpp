#include "connectors/torn_lines.hpp"

#include <new>

#include "os/file_identity.hpp"

namespace weir::connectors {
namespace {

std::tuple<std::uint64_t, std::uint64_t, std::int64_t> identity_of(int descriptor) {
  const os::FileIdentity identity = os::FileIdentity::of(descriptor);
  return {identity.device, identity.inode, identity.made};
}

}  // namespace

TornLines& TornLines::of_inputs() {
  static TornLines lines;
  return lines;
}

TornLines& TornLines::of_outputs() {
  static TornLines lines;
  return lines;
}

void TornLines::keep(int descriptor, std::string_view rest) noexcept {
  try {
    const std::scoped_lock lock{mutex_};
    rests_.insert_or_assign(identity_of(descriptor), rest);
  } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): the line stays torn
  }
}

std::optional<std::string> TornLines::take(int descriptor) {
  const std::scoped_lock lock{mutex_};
  auto torn = rests_.extract(identity_of(descriptor));
  return torn.empty() ? std::nullopt : std::optional{std::move(torn.mapped())};
}

}  // namespace weir::connectors
