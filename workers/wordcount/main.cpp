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

namespace {

using Count = std::pair<std::string, std::uint64_t>;

/// What the command line asks for.
struct Job {
  std::vector<std::string> input;
  std::uint64_t lines = 1'000;
  std::string output{"-"};
  weir::OnBadRecord on_bad_record = weir::OnBadRecord::stop();
  bool running = false;
  bool count = false;
};

/// What all workers counted.
struct Total {
  std::atomic<std::uint64_t> distinct{0};
  std::atomic<std::uint64_t> squares{0};

  void add(const Count& word) {
    distinct.fetch_add(1, std::memory_order_relaxed);
    squares.fetch_add(word.second * word.second, std::memory_order_relaxed);
  }
};

std::uint64_t one_more(std::optional<std::uint64_t>& count, const std::string& /*word*/) {
  return count.emplace(count.value_or(0) + 1);
}

weir::Dataflow build(const Job& job, Total& total) {
  weir::Dataflow flow{"wordcount"};
  const auto text = job.input.empty() ? flow.input("input", generated_lines(job.lines))
                                      : flow.input("input", weir::TextFiles{job.input}, job.on_bad_record);
  const auto words = text | op::flat_map("split_into_words", split_into_words);
  const auto counts = job.running ? words | op::key_on("word", std::identity{}) | op::stateful_map("count", one_more)
                                  : words | op::count_final("count", std::identity{});
  if (job.count) {
    counts | op::output("out", weir::ManualOutput{[&](std::size_t, std::size_t) {
                          return [&](const Count& word) { total.add(word); };
                        }});
  } else {
    counts | op::output("out", weir::TextFile{job.output});
  }
  return flow;
}

}  // namespace

int main(int argc, char** argv) {
  Job job;
  weir::Flags flags{"wordcount", "Prints how often each word stands in text files, or in made-up lines."};
  flags.add("--input", job.input, "Text to read: files, directories, or - for standard input");
  flags.add("--generate", job.lines, "Without --input: make this many lines");
  flags.add("--output", job.output, "The file that the counts go to, one a line; - is standard output");
  flags.add("--running", job.running, "Print a word's count whenever it grows, in place of once at the end");
  flags.add("--on-bad-record", job.on_bad_record, "What happens at a line of --input that cannot be used");
  flags.add("--count", job.count, "Print only the number of counts and the sum of their squares");

  Total total;
  const int exit = weir::run_main(flags, argc, argv, [&] { return build(job, total); });
  if (job.count && exit == 0) {
    std::printf("distinct=%llu squares=%llu\n", static_cast<unsigned long long>(total.distinct.load()),
                static_cast<unsigned long long>(total.squares.load()));
  }
  return exit;
}
