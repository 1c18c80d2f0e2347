#include "weir/detail/codec/few.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "simulation/rng.hpp"
#include "weir/serialize.hpp"

namespace weir::detail {
namespace {

using Text = std::string;

std::vector<Text> elements_of(const codec::Few<Text>& few) {
  std::vector<Text> elements;
  few.for_each([&](const Text& each) { elements.push_back(each); });
  return elements;
}

// Looks for the elements that end like the text.
void expect_only_found(codec::Few<Text>& few, const std::vector<Text>& expected, const Text& text) {
  const auto is_wanted = [&](const Text& each) { return each.back() == text.back(); };
  const Text* const element = few.find_only(is_wanted);
  const bool only = expected.size() <= 2 && std::ranges::count_if(expected, is_wanted) == 1;
  ASSERT_EQ(element != nullptr, only);
  ASSERT_TRUE(element == nullptr || is_wanted(*element));
}

TEST(Few, HoldsWhatASortedVectorHolds) {
  simulation::Rng rng{1};
  for (int round = 0; round < 500; ++round) {
    codec::Few<Text> few;
    std::vector<Text> expected;
    for (int i = 0; i < 40; ++i) {
      const Text text = "element number " + std::to_string(rng.below(1'000));
      if (rng.percent(60) && !std::ranges::binary_search(expected, text)) {
        few.insert_sorted(text, std::identity{});
        expected.insert(std::ranges::upper_bound(expected, text), text);
      } else if (rng.percent(50)) {
        const auto is_over = [&](const Text& each) { return each < text; };
        few.erase_if(is_over);
        std::erase_if(expected, is_over);
      } else if (expected.size() == 1 && rng.percent(30)) {
        few.pop_only();
        expected.clear();
      } else if (rng.percent(30)) {
        codec::Few<Text> copy{few};
        few = rng.percent(50) ? std::move(copy) : from_bytes<codec::Few<Text>>(to_bytes(few));
      }
      ASSERT_EQ(elements_of(few), expected);
      ASSERT_EQ(few.size(), expected.size());
      ASSERT_EQ(few.empty(), expected.empty());
      for (std::size_t at = 0; at < expected.size(); ++at) {
        ASSERT_EQ(few[at], expected[at]);
      }
      const Text* const found = few.find_sorted(text, std::identity{});
      ASSERT_EQ(found != nullptr, std::ranges::binary_search(expected, text));
      expect_only_found(few, expected, text);
    }
  }
}

}  // namespace
}  // namespace weir::detail
