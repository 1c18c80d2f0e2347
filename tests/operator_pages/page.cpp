#include "operator_pages/page.hpp"

#include <exception>
#include <filesystem>
#include <sstream>

#include "temporary_folder.hpp"
#include "weir/testing.hpp"

namespace weir {
namespace {

/// A temporary folder that is the current one.
class CurrentFolder {
 public:
  explicit CurrentFolder(const std::vector<PageFile>& files) {
    for (const PageFile& file : files) {
      folder_.write(file.name, file.content);
    }
    std::filesystem::current_path(folder_.path());
  }
  CurrentFolder(const CurrentFolder&) = delete;
  CurrentFolder& operator=(const CurrentFolder&) = delete;
  ~CurrentFolder() { std::filesystem::current_path(before_); }

 private:
  std::filesystem::path before_ = std::filesystem::current_path();
  TemporaryFolder folder_;
};

std::vector<std::string> sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  std::ranges::sort(lines);
  return lines;
}

/// What a dataflow writes to standard output, and the error that its run ends with, if it does.
std::string printed_by(const Dataflow& flow, std::size_t workers) {
  RunOptions options;
  options.workers = workers;
  std::string error;
  ::testing::internal::CaptureStdout();
  try {
    run(flow, options);
  } catch (const std::exception& thrown) {
    error = std::string{"error: "} + thrown.what() + '\n';
  }
  return ::testing::internal::GetCapturedStdout() + error;
}

}  // namespace

void expect_output(const std::string& page, void (*example)(Dataflow& flow), const std::vector<PageFile>& files,
                   const std::string& lines) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    SCOPED_TRACE("docs/operators/" + page + ".md, " + std::to_string(workers) + " workers");
    const CurrentFolder folder{files};
    Dataflow flow{page};
    example(flow);
    EXPECT_EQ(sorted_lines(printed_by(flow, workers)), sorted_lines(lines));
  }
}

}  // namespace weir
