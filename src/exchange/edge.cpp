#include "weir/detail/exchange/edge.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

#include "weir/detail/exchange/packer.hpp"
#include "weir/detail/runtime/make_as.hpp"

namespace weir::detail::exchange {
namespace {

std::unique_ptr<codec::Buffer> make_byte_buffer(std::size_t bytes) {
  return runtime::make_as<codec::Buffer, codec::ByteBuffer>(bytes);
}

}  // namespace

EdgeSender::EdgeSender(const SenderParts& parts, Outbox::MakeBuffer make_block)
    : site_{parts.site}, lane_{&parts.lane} {
  outboxes_.reserve(parts.channels.size());
  for (std::uint32_t to = 0; to < parts.channels.size(); ++to) {
    outboxes_.emplace_back(*parts.channels[to], parts.site.stage->gate, parts.depth,
                           parts.moves(to) ? make_block : &make_byte_buffer, parts.buffer_bytes);
  }
}

EdgeSender::~EdgeSender() = default;

Packer::~Packer() = default;

runtime::Closing EdgeSender::close() { return runtime::Closing::kDone; }

EdgeReceiver::EdgeReceiver(const runtime::StepSite& site) : site_{site} {}

EdgeReceiver::~EdgeReceiver() = default;

bool EdgeSender::flush() {
  bool any = sort_out();
  for (Outbox& outbox : outboxes_) {
    any |= outbox.flush();
  }
  return any;
}

void EdgeSender::send(runtime::Mark mark) {
  sort_out();
  lane_->set_queued(true);
  for (Outbox& outbox : outboxes_) {
    outbox.send(mark);
  }
}

void EdgeSender::send_to(std::size_t outbox, runtime::Mark mark) {
  sort_out();
  if (outboxes_.size() == 1 || outbox == site_.worker.index.value) {
    lane_->set_queued(true);
  }
  outboxes_[outbox].send(mark);
}

}  // namespace weir::detail::exchange
