#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace weir::rich {

/// A class with cereal's function.
class Label {
 public:
  Label() = default;
  Label(std::string text, bool shown) : text_{std::move(text)}, shown_{shown} {}
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(text_, shown_);
  }
  bool operator==(const Label&) const = default;

 private:
  std::string text_;
  bool shown_ = false;
};

struct Point {
  std::int32_t x;
  std::int32_t y;
  bool operator==(const Point&) const = default;
};

struct Opened {
  std::uint64_t user;
  bool operator==(const Opened&) const = default;
};

struct Found {
  std::uint64_t user;
  std::vector<std::string> items;
  bool operator==(const Found&) const = default;
};

struct Tree {
  std::string name;
  std::vector<Tree> children;
  bool operator==(const Tree&) const = default;
};

using Event = std::variant<std::monostate, Opened, Found, Label>;

/// Something of everything that is serialized. No floating-point numbers: not all of them equal themselves.
struct Rich {
  Event last;
  std::vector<Event> events;
  std::map<std::string, std::pair<std::uint8_t, std::optional<Label>>> labels;
  std::unordered_map<std::uint16_t, std::string> names;
  std::vector<std::vector<Point>> lines;
  std::set<std::int64_t> numbers;
  std::deque<std::vector<bool>> bits;
  std::array<std::uint16_t, 3> sizes;
  std::tuple<bool, char, std::chrono::milliseconds> rest;
  Tree tree;
  bool operator==(const Rich&) const = default;
};

/// Makes values by chance, mostly small ones.
class RichMaker {
 public:
  explicit RichMaker(std::uint64_t seed) : random_{seed} {}

  Rich operator()() {
    Rich rich{};
    rich.last = event();
    fill(rich.events, [this] { return event(); });
    for (std::size_t left = count(); left > 0; --left) {
      rich.labels[text()] = {static_cast<std::uint8_t>(random_()), flag() ? std::optional{label()} : std::nullopt};
      rich.names[static_cast<std::uint16_t>(random_())] = text();
      rich.numbers.insert(static_cast<std::int64_t>(random_()));
    }
    fill(rich.lines, [this] {
      std::vector<Point> line;
      fill(line, [this] { return Point{static_cast<std::int32_t>(random_()), static_cast<std::int32_t>(random_())}; });
      return line;
    });
    fill(rich.bits, [this] {
      std::vector<bool> bits;
      fill(bits, [this] { return flag(); });
      return bits;
    });
    for (auto& size : rich.sizes) {
      size = static_cast<std::uint16_t>(random_());
    }
    rich.rest = {flag(), static_cast<char>(random_()), std::chrono::milliseconds{random_() >> 1}};
    rich.tree = tree(3);
    return rich;
  }

 private:
  bool flag() { return random_() % 2 == 0; }

  /// Often 0, seldom large.
  std::size_t count() { return (random_() % 64) >> (random_() % 7); }

  std::string text() {
    std::string text;
    fill(text, [this] { return static_cast<char>(random_()); });
    return text;
  }

  Label label() { return {text(), flag()}; }

  Event event() {
    switch (random_() % 4) {
      case 0:
        return std::monostate{};
      case 1:
        return Opened{random_()};
      case 2: {
        Found found{random_(), {}};
        fill(found.items, [this] { return text(); });
        return found;
      }
      default:
        return label();
    }
  }

  Tree tree(int levels) {
    Tree tree{text(), {}};
    if (levels > 0) {
      for (std::size_t left = random_() % 3; left > 0; --left) {
        tree.children.push_back(this->tree(levels - 1));
      }
    }
    return tree;
  }

  template <typename Container, typename Make>
  void fill(Container& container, Make make) {
    for (std::size_t left = count() / 4; left > 0; --left) {
      container.push_back(make());
    }
  }

  std::mt19937_64 random_;
};

}  // namespace weir::rich
