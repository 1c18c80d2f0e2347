// Word count: how often each word stands in the lines.

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <weir/weir.hpp>

#include "wordcount/generate.hpp"
#include "wordcount/words.hpp"

namespace op = weir::op;
using namespace wordcount;

int main(int argc, char** argv) {
  std::vector<std::string> input;
  std::uint64_t lines = 1'000;
  bool count = false;
  weir::Flags flags{"wordcount", "Prints how often each word stands in text files, or in made-up lines."};
  flags.add("--input", input, "Text to read: files, directories, or - for standard input");
  flags.add("--generate", lines, "Without --input: make this many lines");
  flags.add("--count", count, "Print only the number of words and the sum of the squares of their counts");

  std::atomic<std::uint64_t> distinct{0};
  std::atomic<std::uint64_t> squares{0};
  const int exit = weir::run_main(flags, argc, argv, [&] {
    weir::Dataflow flow{"wordcount"};
    const auto text =
        input.empty() ? flow.input("input", generated_lines(lines)) : flow.input("input", weir::TextFiles{input});
    const auto counts = text                                                  //
                        | op::flat_map("split_into_words", split_into_words)  //
                        | op::count_final("count", std::identity{});
    if (count) {
      counts | op::output("out", weir::ManualOutput{[&](std::size_t, std::size_t) {
                            return [&](const std::pair<std::string, std::uint64_t>& word) {
                              distinct.fetch_add(1, std::memory_order_relaxed);
                              squares.fetch_add(word.second * word.second, std::memory_order_relaxed);
                            };
                          }});
    } else {
      counts | op::output("out", weir::StandardOutput{});
    }
    return flow;
  });
  if (count && exit == 0) {
    std::printf("distinct=%llu squares=%llu\n", static_cast<unsigned long long>(distinct.load()),
                static_cast<unsigned long long>(squares.load()));
  }
  return exit;
}
