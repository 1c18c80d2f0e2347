#include "interleaving/choices.hpp"

namespace weir::interleaving {

std::size_t RandomChoices::pick(std::size_t count) {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  mixed ^= mixed >> 31;
  return static_cast<std::size_t>(((mixed >> 32) * count) >> 32);
}

std::size_t ExhaustiveChoices::pick(std::size_t count) {
  if (position() == path_.size()) {
    path_.push_back({.option = 0, .count = count});
  }
  return path_[position()].option;
}

bool ExhaustiveChoices::advance() {
  while (!path_.empty() && path_.back().option + 1 == path_.back().count) {
    path_.pop_back();
  }
  if (path_.empty()) {
    return false;
  }
  ++path_.back().option;
  return true;
}

}  // namespace weir::interleaving
