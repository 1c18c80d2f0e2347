#include "text/stripes.hpp"

#include <algorithm>

namespace weir::detail::text {
namespace {

// The last line of a stripe ends in another one, seldom further away.
constexpr std::size_t kTailBytes = std::size_t{4} << 10;

}  // namespace

Stripes::Stripes(const FilePart& part, std::uint64_t from, bool in_line) : part_{part} {
  if (in_line) {
    at_ = from;
    end_ = part_.has(from) ? part_.end_of_stripe(from) : from;
  } else {
    seek(from);
  }
}

// A line begins after a line feed, and the first one at the beginning of the file.
void Stripes::seek(std::uint64_t from) {
  const std::uint64_t next = part_.next(from);
  end_ = part_.end_of_stripe(next);
  seeks_ = next != 0;
  at_ = seeks_ ? next - 1 : 0;
}

std::size_t Stripes::enough(std::size_t most) const noexcept {
  const std::uint64_t left = (at_ < end_ ? end_ - at_ : 0) + kTailBytes;
  return static_cast<std::size_t>(std::min<std::uint64_t>(left, most));
}

Stripes::Found Stripes::take(std::string_view bytes) {
  const std::size_t begin = seeks_ ? skip(bytes) : 0;
  if (seeks_) {
    return {};
  }
  const std::uint64_t offset = at_ + begin;
  const std::uint64_t last = end_ == 0 ? 0 : end_ - 1;  // a line feed there ends the last line
  const std::size_t from = last > offset ? static_cast<std::size_t>(last - at_) : begin;
  const std::size_t feed = bytes.find('\n', from);
  if (feed == std::string_view::npos) {
    at_ += bytes.size();
    return {begin, bytes.size() - begin, offset};
  }
  seek(at_ + feed + 1);
  return {begin, feed + 1 - begin, offset};
}

// Returns where the stripe's first line begins, and keeps seeking if that is not in these bytes.
std::size_t Stripes::skip(std::string_view bytes) {
  const std::size_t feed = bytes.substr(0, static_cast<std::size_t>(end_ - 1 - at_)).find('\n');
  if (feed != std::string_view::npos) {
    seeks_ = false;
    return feed + 1;
  }
  if (at_ + bytes.size() >= end_ - 1) {
    seek(end_);  // no line begins in the stripe
  } else {
    at_ += bytes.size();
  }
  return 0;
}

}  // namespace weir::detail::text
