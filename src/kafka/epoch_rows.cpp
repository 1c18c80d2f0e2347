#include "kafka/epoch_rows.hpp"

#include <string_view>
#include <utility>

#include "kafka/output_record.hpp"

namespace weir::detail::kafka {
namespace {

constexpr std::size_t kMostHeldBytes = std::size_t{16} << 20;

}  // namespace

EpochRows::EpochRows(const OutputSettings& settings, const OpenContext& context)
    : topic_{settings.topic}, waker_{context.waker}, limits_{look_at_topic(settings, context.log)} {}

void EpochRows::write(std::string&& row) {
  check_record(limits_, row);
  rows_ += row;
  held_ += row.size();
}

bool EpochRows::ready() { return held_ < kMostHeldBytes; }

void EpochRows::prepare(Epoch /*epoch*/) { waiting_.push_back(std::exchange(rows_, {})); }

std::optional<std::string> EpochRows::prepared() {
  if (waiting_.empty()) {
    return std::nullopt;
  }
  std::string token = with_topic(topic_, waiting_.front());
  undecided_.push_back(waiting_.front().size());
  waiting_.pop_front();
  return token;
}

void EpochRows::commit() {
  held_ -= undecided_.front();
  undecided_.pop_front();
  waker_.wake();
}

}  // namespace weir::detail::kafka
