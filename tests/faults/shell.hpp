#pragma once

#include <filesystem>
#include <string>

#include <stdlib.h>
#include <sys/wait.h>

#include "temporary_folder.hpp"

namespace weir::faults {

/// Runs a bash script in a folder, with the programs beside this one on its path. Its exit code; 128 + N for signal N.
/// What the script has to show it writes into files of the folder.
inline int shell(const TemporaryFolder& folder, const std::string& script) {
  const std::string programs = std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
  folder.write("script", "export PATH='" + programs + "':$PATH\n" + script);
  const int status = ::system(("cd '" + folder.path() + "' && exec bash script").c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace weir::faults
