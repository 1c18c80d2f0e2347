#include "kafka/patience.hpp"

#include <utility>

#include <fmt/format.h>

#include "kafka/waits.hpp"

namespace weir::detail::kafka {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

constexpr std::chrono::milliseconds kPause{100};

}  // namespace

void Patience::give_up() noexcept {
  const std::scoped_lock lock{mutex_};
  given_up_ = true;
  told_.notify_all();
}

void Patience::begin(std::string held_back) {
  const std::scoped_lock lock{mutex_};
  held_back_ = std::move(held_back);
  begun_ = warned_ = Clock::now();
}

void Patience::check(std::string_view words) {
  const std::scoped_lock lock{mutex_};
  if (given_up_) {
    throw GivenUp{};
  }
  const Clock::time_point now = Clock::now();
  if (now - warned_ >= waits().between_warnings) {
    warned_ = now;
    log_.warning(fmt::format("Kafka does not take the output for {} s, {} held back: {}",
                             duration_cast<seconds>(now - begun_).count(), held_back_, words));
  }
}

void Patience::pause(std::string_view words) {
  check(words);
  std::unique_lock lock{mutex_};
  told_.wait_for(lock, kPause, [this] { return given_up_; });
}

}  // namespace weir::detail::kafka
