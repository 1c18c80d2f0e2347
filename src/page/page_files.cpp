#include "page/page_files.hpp"

#include <array>

namespace weir::detail::page {
namespace files {

// Their bytes, which cmake/WeirEmbed.cmake compiles into the library.
extern const std::string_view page_html;
extern const std::string_view page_css;
extern const std::string_view detail_js;
extern const std::string_view elements_js;
extern const std::string_view feed_js;
extern const std::string_view folding_js;
extern const std::string_view graph_js;
extern const std::string_view history_js;
extern const std::string_view layout_js;
extern const std::string_view metrics_js;
extern const std::string_view overview_js;
extern const std::string_view page_js;
extern const std::string_view plots_js;
extern const std::string_view tables_js;
extern const std::string_view view_js;
extern const std::string_view words_js;
extern const std::string_view workers_js;

}  // namespace files

std::span<const PageFile> page_files() {
  constexpr std::string_view kHtml = "text/html; charset=utf-8";
  constexpr std::string_view kCss = "text/css; charset=utf-8";
  constexpr std::string_view kScript = "text/javascript; charset=utf-8";
  static const std::array all{
      PageFile{"/", kHtml, files::page_html},
      PageFile{"/page.css", kCss, files::page_css},
      PageFile{"/detail.js", kScript, files::detail_js},
      PageFile{"/elements.js", kScript, files::elements_js},
      PageFile{"/feed.js", kScript, files::feed_js},
      PageFile{"/folding.js", kScript, files::folding_js},
      PageFile{"/graph.js", kScript, files::graph_js},
      PageFile{"/history.js", kScript, files::history_js},
      PageFile{"/layout.js", kScript, files::layout_js},
      PageFile{"/metrics.js", kScript, files::metrics_js},
      PageFile{"/overview.js", kScript, files::overview_js},
      PageFile{"/page.js", kScript, files::page_js},
      PageFile{"/plots.js", kScript, files::plots_js},
      PageFile{"/tables.js", kScript, files::tables_js},
      PageFile{"/view.js", kScript, files::view_js},
      PageFile{"/words.js", kScript, files::words_js},
      PageFile{"/workers.js", kScript, files::workers_js},
  };
  return all;
}

}  // namespace weir::detail::page
