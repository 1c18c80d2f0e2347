#pragma once

#include <span>
#include <string_view>

namespace weir::detail::page {

/// A file of the page on which one sees a run. It asks its server for server-sent events at `/events`, each with the
/// name `status` and a status of the run, and links to `/dataflow` for the newest of them.
struct PageFile {
  std::string_view path;  ///< at which it is served, such as `/page.css`
  std::string_view content_type;
  std::string_view content;
};

/// All files of the page: that of `/`, and those that it needs. They are part of the program.
[[nodiscard]] std::span<const PageFile> page_files();

}  // namespace weir::detail::page
