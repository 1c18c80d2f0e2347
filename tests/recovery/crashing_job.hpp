#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "recovery/file_faults.hpp"

namespace weir::recovery_tests {

/// A job with all that has to survive a crash: two input files, a state for each key, one that ends now and then, and
/// an output file, an output table and a file of bad lines that are exactly-once. Its input, its recovery directory and
/// its output are below one directory.
class CrashingJob {
 public:
  /// Writes the input into the directory, which must be empty.
  explicit CrashingJob(std::string directory);

  /// The part of the directory that a crash may harm.
  [[nodiscard]] std::string harmed_directory() const { return directory_ + "/harmed"; }

  /// Empties it.
  void begin_anew() const;

  struct Ending {
    bool killed = false;
    int exit = 0;             ///< as `run_main` ends; 0: done
    std::string message;      ///< of what failed
    std::uint64_t calls = 0;  ///< of the file system
  };

  /// Runs the job to its end, in a process of its own.
  /// @param record  as for `watch_files`
  Ending run(std::size_t workers, const FileFault& fault, const std::string& record = {}) const;

  /// What is wrong with the output of a job that is done; empty if nothing is.
  [[nodiscard]] std::string check_output() const;

 private:
  std::string directory_;
  std::vector<std::string> expected_;
  std::size_t bad_lines_ = 0;
};

}  // namespace weir::recovery_tests
