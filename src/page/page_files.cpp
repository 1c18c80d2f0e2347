#include "page/page_files.hpp"

#include <array>

namespace weir::detail::page {
namespace files {

// Their bytes, which cmake/WeirEmbed.cmake compiles into the library.
extern const std::string_view kPageHtml;
extern const std::string_view kPageCss;
extern const std::string_view kDetailJs;
extern const std::string_view kElementsJs;
extern const std::string_view kFeedJs;
extern const std::string_view kFoldingJs;
extern const std::string_view kGraphJs;
extern const std::string_view kHistoryJs;
extern const std::string_view kLayoutJs;
extern const std::string_view kMetricsJs;
extern const std::string_view kOverviewJs;
extern const std::string_view kPageJs;
extern const std::string_view kPlotsJs;
extern const std::string_view kTablesJs;
extern const std::string_view kViewJs;
extern const std::string_view kWordsJs;
extern const std::string_view kWorkersJs;

}  // namespace files

std::span<const PageFile> page_files() {
  constexpr std::string_view kHtml = "text/html; charset=utf-8";
  constexpr std::string_view kCss = "text/css; charset=utf-8";
  constexpr std::string_view kScript = "text/javascript; charset=utf-8";
  static const std::array all{
      PageFile{"/", kHtml, files::kPageHtml},
      PageFile{"/page.css", kCss, files::kPageCss},
      PageFile{"/detail.js", kScript, files::kDetailJs},
      PageFile{"/elements.js", kScript, files::kElementsJs},
      PageFile{"/feed.js", kScript, files::kFeedJs},
      PageFile{"/folding.js", kScript, files::kFoldingJs},
      PageFile{"/graph.js", kScript, files::kGraphJs},
      PageFile{"/history.js", kScript, files::kHistoryJs},
      PageFile{"/layout.js", kScript, files::kLayoutJs},
      PageFile{"/metrics.js", kScript, files::kMetricsJs},
      PageFile{"/overview.js", kScript, files::kOverviewJs},
      PageFile{"/page.js", kScript, files::kPageJs},
      PageFile{"/plots.js", kScript, files::kPlotsJs},
      PageFile{"/tables.js", kScript, files::kTablesJs},
      PageFile{"/view.js", kScript, files::kViewJs},
      PageFile{"/words.js", kScript, files::kWordsJs},
      PageFile{"/workers.js", kScript, files::kWorkersJs},
  };
  return all;
}

}  // namespace weir::detail::page
