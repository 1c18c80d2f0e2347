#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "temporary_folder.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir::faults {

/// Runs with recovery over the same files, which change in between, on so many workers; they copy lines to a file.
class FileRuns : public ::testing::TestWithParam<std::size_t> {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const { return folder_.path(name); }

  void write(const std::string& name, std::string_view content) const { folder_.write(name, content); }

  void append(const std::string& name, std::string_view content) const {
    std::ofstream{path(name), std::ios::binary | std::ios::app} << content;
  }

  void rename(const std::string& name, const std::string& to) const { std::filesystem::rename(path(name), path(to)); }

  // As `cp` does: the copy is another file.
  void copy(const std::string& name, const std::string& to) const { write(to, folder_.read(name)); }

  // Both as log rotations do, by a new file and by emptying the old one.
  void rotate_by_renaming(const std::string& name, const std::string& to, std::string_view content) const {
    rename(name, to);
    write(name, content);
  }
  void rotate_by_copying(const std::string& name, const std::string& to, std::string_view content) const {
    copy(name, to);
    write(name, content);
  }

  [[nodiscard]] TextFiles files(const std::vector<std::string>& names) const {
    std::vector<std::string> paths;
    for (const std::string& name : names) {
      paths.push_back(path(name));
    }
    return TextFiles{paths};
  }

  RunReport run_over(const TextFiles& source, const OnBadRecord& on_bad_record = OnBadRecord::stop()) const {
    Dataflow flow{"flow"};
    flow.input("in", source, on_bad_record) | op::output("out", TextFile{path("out/lines")});
    RunOptions options;
    options.workers = GetParam();
    options.recovery = path("recovery");
    std::filesystem::create_directories(path("out"));
    return run(flow, options);
  }

  // What all runs have written, with spaces between lines.
  [[nodiscard]] std::string lines() const {
    std::string text = folder_.read("out/lines");
    for (char& letter : text) {
      letter = letter == '\n' ? ' ' : letter;
    }
    return text;
  }

  // Everything that was written so far, and what a run is refused with.
  [[nodiscard]] std::string refusal(const TextFiles& source) const {
    try {
      run_over(source);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "it was read: " + lines();
  }

  TemporaryFolder folder_;
};

}  // namespace weir::faults
