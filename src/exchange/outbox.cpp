#include "weir/detail/exchange/outbox.hpp"

#include "exchange/channel.hpp"

namespace weir::detail::exchange {

Outbox::Outbox(Channel& channel, runtime::Gate& gate, std::size_t depth, MakeBuffer make_buffer,
               std::size_t buffer_bytes)
    : channel_{&channel}, gate_{&gate}, depth_{depth}, make_buffer_{make_buffer}, buffer_bytes_{buffer_bytes} {}

Outbox::Outbox(Outbox&& other) noexcept = default;
Outbox& Outbox::operator=(Outbox&& other) noexcept = default;
Outbox::~Outbox() = default;

void Outbox::open_buffer() {
  if (spare_.empty() && reclaim()) {
    update_gate();
  }
  if (spare_.empty()) {
    open_ = make_buffer_(buffer_bytes_);
    return;
  }
  open_ = std::move(spare_.back());
  spare_.pop_back();
}

void Outbox::seal() {
  sent_bytes_ += open_->bytes();
  Message message{std::move(open_), {}};
  if (!overflow_.empty() || !try_send(message)) {
    overflow_.push_back(std::move(message));
    ++overflowed_buffers_;
  }
  update_gate();
}

void Outbox::send(runtime::Mark mark) {
  if (open_) {
    seal();
  }
  Message message{nullptr, mark};
  if (!overflow_.empty() || !try_send(message)) {
    overflow_.push_back(std::move(message));
  }
  update_gate();
}

bool Outbox::pump() {
  bool moved = reclaim();
  while (!overflow_.empty() && try_send(overflow_.front())) {
    overflow_.pop_front();
    moved = true;
  }
  update_gate();
  return moved;
}

std::size_t Outbox::held_bytes() const {
  std::size_t bytes = open_ ? open_->room() : 0;
  for (const Message& message : overflow_) {
    bytes += message.buffer ? message.buffer->room() : 0;
  }
  return bytes;
}

bool Outbox::can_move() const {
  return channel_->has_returned() ||
         (!overflow_.empty() && (!overflow_.front().buffer || in_flight_ < depth_) && channel_->has_room());
}

bool Outbox::try_send(Message& message) {
  const bool carries_buffer = message.buffer != nullptr;
  if (carries_buffer && in_flight_ == depth_ && !reclaim()) {
    return false;
  }
  if (!channel_->try_send(message)) {
    return false;
  }
  in_flight_ += carries_buffer ? 1 : 0;
  return true;
}

bool Outbox::reclaim() {
  bool any = false;
  while (auto buffer = channel_->try_reclaim()) {
    --in_flight_;
    any = true;
    if (spare_.size() < depth_) {  // buffers that an overshoot took beyond that are freed
      buffer->clear();
      spare_.push_back(std::move(buffer));
    }
  }
  return any;
}

void Outbox::update_gate() {
  const auto has_room = [this] { return overflow_.empty() && in_flight_ < depth_; };
  const bool full = !has_room() && !(overflow_.empty() && reclaim() && has_room());
  if (full != full_) {
    full_ = full;
    full ? gate_->close() : gate_->reopen();
  }
}

}  // namespace weir::detail::exchange
