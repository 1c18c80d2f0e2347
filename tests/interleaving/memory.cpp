#include "interleaving/memory.hpp"

#include <cassert>

namespace weir::interleaving {
namespace {

bool acquires(std::memory_order order) {
  return order == std::memory_order_acquire || order == std::memory_order_acq_rel;
}

bool releases(std::memory_order order) {
  return order == std::memory_order_release || order == std::memory_order_acq_rel;
}

}  // namespace

void Memory::reset(std::size_t fibers) {
  assert(fibers <= kMaxFibers && "a view has room for all fibers");
  locations_ = 0;
  plains_.clear();
  for (FiberIndex fiber = 0; fiber < fibers; ++fiber) {
    views_[fiber] = View{};
    views_[fiber].clock[fiber] = 1;  // nobody else knows of it yet
  }
}

LocationIndex Memory::add_location(std::uint64_t initial) {
  assert(locations_ < kMaxLocations && "a view has room for all locations");
  set(locations_, initial);
  return locations_++;
}

std::uint64_t Memory::load(FiberIndex fiber, LocationIndex at, std::memory_order order, Choices& choices) {
  assert(order != std::memory_order_seq_cst && "not modelled");
  const auto& messages = messages_[at];
  View& view = views_[fiber];
  const std::size_t age = choices.choose(messages.size() - view.seen[at]);  // newest first
  const std::size_t index = messages.size() - 1 - age;
  view.seen[at] = static_cast<std::uint16_t>(index);
  if (acquires(order)) {
    view.join(messages[index].released);
  }
  return messages[index].value;
}

void Memory::store(FiberIndex fiber, LocationIndex at, std::uint64_t value, std::memory_order order) {
  assert(order != std::memory_order_seq_cst && "not modelled");
  append(fiber, at, value, order, nullptr);
}

std::uint64_t Memory::read_newest(FiberIndex fiber, LocationIndex at, std::memory_order order) {
  assert(order != std::memory_order_seq_cst && "not modelled");
  const Message& message = messages_[at].back();
  if (acquires(order)) {
    views_[fiber].join(message.released);
  }
  return message.value;
}

void Memory::append(FiberIndex fiber, LocationIndex at, std::uint64_t value, std::memory_order order,
                    const View* inherited) {
  auto& messages = messages_[at];
  View& view = views_[fiber];
  view.seen[at] = static_cast<std::uint16_t>(messages.size());
  View released = inherited != nullptr ? *inherited : View{};
  if (releases(order)) {
    released.join(view);
    ++view.clock[fiber];  // what it does from now on is not part of this release
  }
  messages.push_back({.value = value, .released = released});
}

void Memory::set(LocationIndex at, std::uint64_t value) { messages_[at].assign(1, {.value = value, .released = {}}); }

bool Memory::plain_read(FiberIndex fiber, const void* address) {
  Plain& object = plain(fiber, address);
  const View& view = views_[fiber];
  object.reads[fiber] = view.clock[fiber];
  return object.write <= view.clock[object.writer];
}

bool Memory::plain_write(FiberIndex fiber, const void* address) {
  Plain& object = plain(fiber, address);
  const View& view = views_[fiber];
  bool ordered = object.write <= view.clock[object.writer];
  for (std::size_t i = 0; i < kMaxFibers; ++i) {
    ordered = ordered && object.reads[i] <= view.clock[i];
  }
  object.writer = fiber;
  object.write = view.clock[fiber];
  return ordered;
}

Memory::Plain& Memory::plain(FiberIndex fiber, const void* address) {
  const auto found = std::ranges::find(plains_, address, &Plain::address);
  if (found != plains_.end()) {
    return *found;
  }
  plains_.push_back({.address = address, .writer = fiber, .write = 0, .reads = {}});
  return plains_.back();
}

}  // namespace weir::interleaving
