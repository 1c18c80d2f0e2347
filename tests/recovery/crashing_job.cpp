#include "recovery/crashing_job.hpp"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "database/database.hpp"
#include "recovery/exit_code.hpp"
#include "weir/sqlite.hpp"
#include "weir/weir.hpp"

namespace weir::recovery_tests {
namespace {

constexpr std::size_t kLinesPerFile = 300;
constexpr std::size_t kKeysPerFile = 12;
constexpr std::size_t kLinesPerBadOne = 50;

std::string line_of(std::size_t file, std::size_t line) {
  const std::size_t key = (line * 7 + line / 5) % kKeysPerFile;
  return "file" + std::to_string(file) + "key" + std::to_string(key);
}

std::string count_of(const std::string& key, std::uint64_t count) { return key + " " + std::to_string(count); }

// Keys end at every ninth line, so that states come and go.
bool ends(std::uint64_t count) { return count % 9 == 0; }

Dataflow build(const std::string& directory) {
  Dataflow flow{"crashing"};
  // Two parts of each file, in which lines cross from stripe to stripe.
  TextFiles files{{directory + "/input0.txt", directory + "/input1.txt"}};
  files.in_parts(2, 64);
  const auto counts = flow.input("lines", files, OnBadRecord::file(directory + "/harmed/bad.jsonl")) |
                      op::key_on("key", [](const std::string& line) { return line; }) |
                      op::stateful_map("count",
                                       [](std::optional<std::uint64_t>& count, const std::string& key) {
                                         const std::uint64_t next = count.value_or(0) + 1;
                                         count = ends(next) ? std::nullopt : std::optional{next};
                                         return count_of(key, next);
                                       }) |
                      op::key_rm("line");
  counts | op::output("out", TextFile{directory + "/harmed/counts.txt"});
  counts | op::map("row", [](std::string&& line) { return std::tuple{std::move(line)}; }) |
      op::output("table", SqliteOutput{directory + "/harmed/counts.sqlite3", "counts",
                                       columns<std::tuple<std::string>>("line")});
  return flow;
}

// In the process that may be killed.
int run_job(const std::string& directory, std::size_t workers, std::string& message) {
  try {
    const Dataflow flow = build(directory);
    RunOptions options;
    options.workers = workers;
    options.recovery = directory + "/harmed/recovery";
    options.epoch_items = 12;
    weir::run(flow, options);
    return 0;
  } catch (const RecoveryError& error) {
    message = error.what();
    return detail::recovery::exit_code(error);
  } catch (const std::exception& error) {
    message = error.what();
    return 1;
  }
}

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file{path};
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> rows_of(const std::string& path) {
  detail::database::Database database{path, detail::database::Database::Mode::kReadWrite};
  detail::database::Statement rows{database, "SELECT line FROM counts"};
  std::vector<std::string> lines;
  while (rows.next()) {
    lines.emplace_back(rows.text(0));
  }
  return lines;
}

}  // namespace

CrashingJob::CrashingJob(std::string directory) : directory_{std::move(directory)} {
  for (std::size_t file = 0; file < 2; ++file) {
    std::ofstream input{directory_ + "/input" + std::to_string(file) + ".txt"};
    std::map<std::string, std::uint64_t> counts;
    for (std::size_t line = 0; line < kLinesPerFile; ++line) {
      if (line % kLinesPerBadOne == 0) {
        input << "bad \xff\n";
        ++bad_lines_;
      }
      const std::string key = line_of(file, line);
      input << key << '\n';
      expected_.push_back(count_of(key, ++counts[key]));
      if (ends(counts[key])) {
        counts.erase(key);
      }
    }
  }
  std::ranges::sort(expected_);
}

void CrashingJob::begin_anew() const {
  std::filesystem::remove_all(harmed_directory());
  std::filesystem::create_directory(harmed_directory());
}

CrashingJob::Ending CrashingJob::run(std::size_t workers, const FileFault& fault, const std::string& record) const {
  const std::string said = directory_ + "/said.txt";
  const pid_t child = ::fork();
  if (child == 0) {
    watch_files(harmed_directory(), fault, record);
    std::string message;
    const int exit = run_job(directory_, workers, message);
    const std::uint64_t calls = file_calls();
    std::ofstream{said} << calls << '\n' << message;
    ::_exit(exit);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  Ending ending;
  ending.killed = WIFSIGNALED(status);
  ending.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (!ending.killed) {
    std::ifstream file{said};
    file >> ending.calls >> std::ws;
    std::getline(file, ending.message);
  }
  return ending;
}

std::string CrashingJob::check_output() const {
  const auto check = [this](const char* what, std::vector<std::string> lines) {
    std::ranges::sort(lines);
    return lines == expected_ ? std::string{} : fmt::format("{} {} for {}. ", lines.size(), what, expected_.size());
  };
  std::vector<std::string> bad = lines_of(harmed_directory() + "/bad.jsonl");
  std::ranges::sort(bad);
  const bool all_bad = bad.size() == bad_lines_ && std::ranges::adjacent_find(bad) == bad.end();
  return (all_bad ? "" : fmt::format("{} bad lines for {}. ", bad.size(), bad_lines_)) +
         check("lines", lines_of(harmed_directory() + "/counts.txt")) +
         check("rows", rows_of(harmed_directory() + "/counts.sqlite3"));
}

}  // namespace weir::recovery_tests
