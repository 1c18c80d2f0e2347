// A range that refers to the item it was made of: the item lives as long as the range is open.

#include <algorithm>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "weir/weir.hpp"

namespace weir {
namespace {

namespace views = std::views;

constexpr int kLines = 16;
constexpr int kWords = 300;  // so that ranges are interrupted, which happens each 1,024 items

std::string line_of(int number) { return "a line that lies on the heap, number " + std::to_string(1000 + number); }

std::vector<std::string> lines() {
  std::vector<std::string> all;
  for (int number = 0; number < kLines; ++number) {
    all.push_back(line_of(number));
  }
  return all;
}

std::vector<std::pair<int, std::string>> keyed_lines() {
  std::vector<std::pair<int, std::string>> all;
  for (int number = 0; number < kLines; ++number) {
    all.emplace_back(number % 7, line_of(number));
  }
  return all;
}

const auto itself = [](const auto& item) { return item; };  // so that the next step has the only copy of the item

auto lazy_words(const std::string& line) {
  return views::iota(0, kWords) | views::transform([&line](int word) { return line + "/" + std::to_string(word); });
}

Generator<std::string> generated_words(const std::string& line) {
  for (int word = 0; word < kWords; ++word) {
    std::string made = line + "/" + std::to_string(word);
    co_yield made;
  }
}

std::vector<std::string> wanted() {
  std::vector<std::string> all;
  for (const std::string& line : lines()) {
    std::ranges::copy(lazy_words(line), std::back_inserter(all));
  }
  std::ranges::sort(all);
  return all;
}

template <typename Build>
std::vector<std::string> words_of(unsigned workers, Build build) {
  std::mutex mutex;
  std::vector<std::string> words;
  Dataflow flow{"lazy"};
  build(flow) | op::output("out", Callback{[&](const std::string& word) {
                             const std::scoped_lock lock{mutex};
                             words.push_back(word);
                           }});
  RunOptions options;
  options.workers = workers;
  run(flow, options);
  std::ranges::sort(words);
  return words;
}

class ARangeThatRefersToItsItem : public ::testing::TestWithParam<unsigned> {
 protected:
  template <typename Mapper>
  auto flat_map(Mapper mapper) {
    return words_of(GetParam(), [&](Dataflow& flow) {
      return flow.input("lines", RangeInput{lines()}) | op::redistribute("deal") | op::map("copy", itself) |
             op::flat_map("words", mapper);
    });
  }
  template <typename Mapper>
  auto flat_map_value(Mapper mapper) {
    return words_of(GetParam(), [&](Dataflow& flow) {
      return flow.input("lines", RangeInput{keyed_lines()}) | op::redistribute("deal") | op::map("copy", itself) |
             op::flat_map_value("words", mapper) | op::key_rm("values");
    });
  }
  template <typename Mapper>
  auto stateful_flat_map(Mapper mapper) {
    return words_of(GetParam(), [&](Dataflow& flow) {
      return flow.input("lines", RangeInput{keyed_lines()}) | op::map("copy", itself) |
             op::stateful_flat_map("words", mapper) | op::key_rm("values");
    });
  }
};

TEST_P(ARangeThatRefersToItsItem, FindsItInFlatMap) {
  EXPECT_EQ(flat_map([](const std::string& line) { return lazy_words(line); }), wanted());
  EXPECT_EQ(flat_map([](const auto& line) { return lazy_words(line); }), wanted());
  EXPECT_EQ(flat_map(generated_words), wanted());
  EXPECT_EQ(flat_map([](std::string&& line) { return generated_words(line); }), wanted());
}

TEST_P(ARangeThatRefersToItsItem, FindsItInFlatMapValue) {
  EXPECT_EQ(flat_map_value([](const std::string& line) { return lazy_words(line); }), wanted());
  EXPECT_EQ(flat_map_value(generated_words), wanted());
}

TEST_P(ARangeThatRefersToItsItem, FindsItInStatefulFlatMap) {
  EXPECT_EQ(stateful_flat_map([](std::optional<int>& seen, const std::string& line) {
              seen = 1;
              return lazy_words(line);
            }),
            wanted());
  EXPECT_EQ(stateful_flat_map([](std::optional<int>& seen, const std::string& line) {
              seen = 1;
              return generated_words(line);
            }),
            wanted());
}

// The state of a key changes with the next item of the key, before the range of this one is emitted.
TEST_P(ARangeThatRefersToItsItem, FindsTheStateInStatefulFlatMap) {
  EXPECT_EQ(stateful_flat_map([](std::optional<std::string>& last, std::string line) {
              last = std::move(line);
              return lazy_words(*last);
            }),
            wanted());
}

TEST_P(ARangeThatRefersToItsItem, FindsItWhereAnErrorPolicyStandsBefore) {
  EXPECT_EQ(
      words_of(GetParam(),
               [](Dataflow& flow) {
                 return flow.input("lines", RangeInput{lines()}) | op::redistribute("deal") |
                        op::skip_errors(op::flat_map("words", [](const std::string& l) { return lazy_words(l); }));
               }),
      wanted());
  EXPECT_EQ(words_of(GetParam(),
                     [](Dataflow& flow) {
                       return flow.input("lines", RangeInput{keyed_lines()}) |
                              op::skip_errors(op::stateful_flat_map("words",
                                                                    [](std::optional<int>& seen, const std::string& l) {
                                                                      seen = 1;
                                                                      return lazy_words(l);
                                                                    }),
                                              copy_before) |
                              op::key_rm("values");
                     }),
            wanted());
}

// Views that are items: what they refer to is there while they are pushed.
TEST_P(ARangeThatRefersToItsItem, FindsItInFlatten) {
  EXPECT_EQ(words_of(GetParam(),
                     [](Dataflow& flow) {
                       return flow.input("lines", RangeInput{lines()}) | op::redistribute("deal") |
                              op::map("views", [](const std::string& line) { return lazy_words(line); }) |
                              op::flatten("words");
                     }),
            wanted());
}

// Elements that refer to the item are there until the next step has returned.
TEST_P(ARangeThatRefersToItsItem, MayHaveElementsThatReferToIt) {
  const auto parts = [](const std::string& line) {
    return std::vector<std::string_view>(kWords, std::string_view{line}.substr(2));
  };
  std::vector<std::string> all;
  for (const std::string& line : lines()) {
    all.insert(all.end(), kWords, line.substr(2));
  }
  std::ranges::sort(all);
  const auto own = [](std::string_view part) { return std::string{part}; };
  EXPECT_EQ(words_of(GetParam(),
                     [&](Dataflow& flow) {
                       return flow.input("lines", RangeInput{lines()}) | op::redistribute("deal") |
                              op::map("copy", itself) | op::flat_map("parts", parts) | op::map("own", own);
                     }),
            all);
  EXPECT_EQ(words_of(GetParam(),
                     [&](Dataflow& flow) {
                       return flow.input("lines", RangeInput{keyed_lines()}) | op::map("copy", itself) |
                              op::stateful_flat_map("parts",
                                                    [&](std::optional<int>& seen, const std::string& line) {
                                                      seen = 1;
                                                      return parts(line);
                                                    }) |
                              op::map_value("own", own) | op::key_rm("values");
                     }),
            all);
}

TEST_P(ARangeThatRefersToItsItem, FindsItInFlatMapBatch) {
  const auto batch = [](const std::vector<std::string>& all) {
    return views::iota(std::size_t{0}, all.size() * kWords) | views::transform([&all](std::size_t word) {
             return all[word / kWords] + "/" + std::to_string(word % kWords);
           });
  };
  EXPECT_EQ(words_of(GetParam(),
                     [&](Dataflow& flow) {
                       return flow.input("lines", RangeInput{lines()}) | op::redistribute("deal") |
                              op::flat_map_batch("words", batch);
                     }),
            wanted());
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, ARangeThatRefersToItsItem, ::testing::Values(1U, 2U));

// The item is moved beside the range only where the range may refer to it.
struct Line {
  std::string text;
  std::vector<int> numbers;
};
struct Node {
  std::string name;
  std::vector<Node> children;
};
struct Either {  // which cannot be looked into
  int kind;
  union {
    int number;
    float real;
  };
};
static_assert(!detail::graph::kSelfContained<std::vector<Either>>);
static_assert(detail::graph::kSelfContained<std::vector<std::string>>);
static_assert(detail::graph::kSelfContained<std::map<int, std::vector<Line>>>);
static_assert(detail::graph::kSelfContained<std::vector<Node>>);
static_assert(
    detail::graph::kSelfContained<decltype(views::iota(0, 7) | views::transform([](int n) { return n + 1; }))>);
static_assert(!detail::graph::kSelfContained<std::vector<std::string_view>>);
static_assert(!detail::graph::kSelfContained<std::vector<const char*>>);
static_assert(!detail::graph::kSelfContained<decltype(lazy_words(std::declval<std::string&>()))>);
static_assert(!detail::graph::kSelfContained<Generator<int>>);
static_assert(detail::graph::kTakesByValue<int (*)(std::string), 0>);
static_assert(!detail::graph::kTakesByValue<int (*)(const std::string&), 0>);

// Endless views are never read at once.
static_assert(!detail::graph::kCollects<decltype(views::iota(0) | views::transform([x = 1](int n) { return n + x; }))>);
static_assert(detail::graph::kCollects<decltype(views::iota(0) | views::transform([x = 1](int n) { return n + x; }) |
                                                views::take(3))>);

/// All beginnings of a list; the coroutine goes on using what it yields.
Generator<std::vector<int>> beginnings(int length) {
  std::vector<int> list;
  for (int i = 0; i < length; ++i) {
    list.push_back(i);
    co_yield list;
  }
}

TEST(AGenerator, StillHasWhatItYieldsByName) {
  std::vector<std::vector<int>> lists;
  Dataflow flow{"lists"};
  flow.input("in", RangeInput{std::vector<int>{3}}) | op::flat_map("beginnings", beginnings) |
      op::output("out", Callback{[&](const std::vector<int>& list) { lists.push_back(list); }});
  run(flow);
  EXPECT_EQ(lists, (std::vector<std::vector<int>>{{0}, {0, 1}, {0, 1, 2}}));
}

TEST(AGenerator, CanBeLookedAtByAViewBeforeItsItemsAreTaken) {
  const auto long_lists = [](int length) {
    return beginnings(length) | views::filter([](const std::vector<int>& list) { return list.size() > 1; });
  };
  const auto moved = [](int length) -> Generator<std::string> {
    for (int i = 0; i < length; ++i) {
      std::string text(static_cast<std::size_t>(20 + i), 'x');
      co_yield std::move(text);
    }
  };
  std::vector<std::size_t> sizes;
  const auto add_size = [&](const auto& item) { sizes.push_back(item.size()); };
  Dataflow flow{"lists"};
  const auto in = flow.input("in", RangeInput{std::vector<int>{3}});
  in | op::flat_map("long_lists", long_lists) | op::output("lists", Callback{add_size});
  in | op::flat_map("long_texts", [moved](int length) {
    return moved(length) | views::filter([](const std::string& text) { return text.size() > 20; });
  }) | op::output("texts", Callback{add_size});
  run(flow, {.workers = 1});
  std::ranges::sort(sizes);
  EXPECT_EQ(sizes, (std::vector<std::size_t>{2, 3, 21, 22}));
}

}  // namespace
}  // namespace weir
