#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "weir/detail/text/line_files.hpp"

namespace weir::detail::text {

std::vector<Resource> input_resources(const std::vector<std::string>& paths) {
  std::vector<Resource> resources;
  for (const std::string& path : paths) {
    std::error_code error;
    if (path != "-" && std::filesystem::is_directory(path, error)) {
      resources.push_back(Resource::directory(path));
    }
  }
  for (LineFile& file : list_files(paths)) {
    resources.push_back(file.path == "-" ? Resource::standard_input() : Resource::file(std::move(file.path)));
  }
  return resources;
}

}  // namespace weir::detail::text
