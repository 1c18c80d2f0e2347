#pragma once

#include <cstdint>
#include <utility>

#include "interleaving/explorer.hpp"

namespace weir::interleaving {

/// An item that reports every access to it, so that two which nothing orders are found as a race.
class Traced {
 public:
  explicit Traced(std::uint64_t value) : value_{value} { write(); }
  Traced(Traced&& other) noexcept : value_{other.take()} { write(); }
  Traced& operator=(Traced&& other) noexcept {
    value_ = other.take();
    write();
    return *this;
  }
  ~Traced() { write(); }

  [[nodiscard]] std::uint64_t value() const {
    report(&Memory::plain_read, "read");
    return value_;
  }

 private:
  std::uint64_t take() {
    write();
    return std::exchange(value_, 0);
  }

  void write() const { report(&Memory::plain_write, "written"); }

  template <typename Access>
  void report(Access access, const char* what) const {
    Explorer& explorer = Explorer::current();
    if (explorer.running() && !(explorer.memory().*access)(*explorer.running(), this)) {
      explorer.fail("race: item ", value_, " is ", what, " unordered");
    }
  }

  std::uint64_t value_;
};

}  // namespace weir::interleaving
