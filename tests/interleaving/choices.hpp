#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace weir::interleaving {

/// Decides everything that is open in an execution: who runs next, and which value a load returns. Remembers what it
/// decided, so that an execution can be repeated.
class Choices {
 public:
  virtual ~Choices() = default;

  /// One of `count` options, 0 to `count - 1`; at least 1. A single option is no choice and is not remembered.
  [[nodiscard]] std::size_t choose(std::size_t count) {
    if (count == 1) {
      return 0;
    }
    taken_.push_back(pick(count));
    return taken_.back();
  }

  /// Ends an execution. False if there is none left that differs from those before.
  [[nodiscard]] bool next() {
    const bool more = advance();
    taken_.clear();
    return more;
  }

  /// What was chosen since the execution began.
  [[nodiscard]] const std::vector<std::size_t>& taken() const { return taken_; }

 protected:
  [[nodiscard]] std::size_t position() const { return taken_.size(); }

 private:
  [[nodiscard]] virtual std::size_t pick(std::size_t count) = 0;
  [[nodiscard]] virtual bool advance() = 0;

  std::vector<std::size_t> taken_;
};

/// Draws every choice. The same seed gives the same executions.
/// @see Source of the generator: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
class RandomChoices final : public Choices {
 public:
  explicit RandomChoices(std::uint64_t seed) : state_{seed} {}

 private:
  std::size_t pick(std::size_t count) override;
  bool advance() override { return true; }

  std::uint64_t state_;
};

/// Takes every combination of choices once, depth first.
class ExhaustiveChoices final : public Choices {
 private:
  struct Open {
    std::size_t option;
    std::size_t count;
  };

  std::size_t pick(std::size_t count) override;
  bool advance() override;

  std::vector<Open> path_;
};

/// Repeats one execution.
class RepeatedChoices final : public Choices {
 public:
  explicit RepeatedChoices(std::vector<std::size_t> choices) : choices_{std::move(choices)} {}

 private:
  std::size_t pick(std::size_t) override { return choices_.at(position()); }
  bool advance() override { return false; }

  std::vector<std::size_t> choices_;
};

}  // namespace weir::interleaving
