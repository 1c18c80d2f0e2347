#include "plot.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "scaling.hpp"
#include "statistics.hpp"

namespace weir::bench {
namespace {

constexpr double kPanelWidth = 460;
constexpr double kPanelHeight = 320;
constexpr double kLeft = 70;
constexpr double kRight = 20;
constexpr double kTop = 50;
constexpr double kBottom = 45;

/// What one panel shows: the rates of one workload, measured on a machine with so many cores.
struct PanelPoints {
  std::vector<ScalingPoint> points;
  double cores = 1;
};

/// One panel: maps workers and rates to places on the drawing. It reaches to twice as many workers as were measured.
class Panel {
 public:
  Panel(std::string& svg, double y, std::string title, PanelPoints shown)
      : svg_{svg}, y_{y}, title_{std::move(title)}, points_{std::move(shown.points)}, cores_{shown.cores} {
    double most_measured = 1;
    std::vector<ScalingPoint> telling;  // workers that share a core tell nothing of more cores
    for (const ScalingPoint& point : points_) {
      most_measured = std::max(most_measured, point.workers);
      most_rate_ = std::max(most_rate_, point.rate);
      if (point.workers <= cores_) {
        telling.push_back(point);
        most_telling_ = std::max(most_telling_, point.workers);
      }
    }
    law_ = fit_scaling_law(telling.empty() ? points_ : telling);
    most_workers_ = 2 * most_measured;
    most_rate_ = 1.15 * std::max(most_rate_, law_.rate(most_workers_));
  }

  void draw() {
    add(R"(<text x="{}" y="{}" class="title">{}</text>)", kLeft, y_ + 20, title_);
    add(R"(<text x="{}" y="{}">contention {:.3f}, coherence {:.4f}; dashed: projection</text>)", kLeft, y_ + 38,
        law_.contention, law_.coherence);
    axes();
    line("ideal", 1, most_workers_, [&](double workers) { return law_.one * workers; });
    line("law", 1, most_telling_, [&](double workers) { return law_.rate(workers); });
    line("projection", most_telling_, most_workers_, [&](double workers) { return law_.rate(workers); });
    for (const ScalingPoint& point : points_) {
      const bool crowded = point.workers > cores_;
      add(R"(<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="4"><title>{} workers{}: {:.3f} M/s</title></circle>)",
          crowded ? "crowded" : "measured", x(point.workers), y(point.rate), point.workers,
          crowded ? fmt::format(" on {} cores", cores_) : "", point.rate / 1e6);
    }
  }

 private:
  template <typename... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(svg_), format, std::forward<Args>(args)...);
    svg_ += '\n';
  }

  [[nodiscard]] double x(double workers) const {
    return kLeft + (kPanelWidth - kLeft - kRight) * workers / most_workers_;
  }
  [[nodiscard]] double y(double rate) const {
    return y_ + kPanelHeight - kBottom - (kPanelHeight - kTop - kBottom) * rate / most_rate_;
  }

  void axes() {
    add(R"(<path class="axis" d="M{0:.1f} {1:.1f} V{2:.1f} H{3:.1f}"/>)", x(0), y(most_rate_), y(0), x(most_workers_));
    for (const ScalingPoint& point : points_) {
      add(R"(<text x="{:.1f}" y="{:.1f}" class="tick">{}</text>)", x(point.workers), y(0) + 16, point.workers);
    }
    for (int part = 0; part <= 4; ++part) {
      const double rate = most_rate_ * part / 4;
      add(R"(<text x="{:.1f}" y="{:.1f}" class="rate">{:.1f}</text>)", x(0) - 6, y(rate) + 4, rate / 1e6);
    }
    add(R"(<text x="{:.1f}" y="{:.1f}" class="tick">{}</text>)", x(most_workers_), y(0) + 16, most_workers_);
    add(R"(<text x="{:.1f}" y="{:.1f}" class="tick">workers ({} cores; hollow: more); millions a second</text>)",
        x(most_workers_ / 2), y(0) + 34, cores_);
  }

  // Clipped where it leaves the panel.
  template <typename RateOf>
  void line(const char* name, double from, double to, RateOf rate_of) {
    constexpr int kPieces = 100;
    std::string path;
    for (int piece = 0; piece <= kPieces; ++piece) {
      const double workers = from + (to - from) * piece / kPieces;
      const double rate = rate_of(workers);
      if (rate > most_rate_) {
        break;
      }
      fmt::format_to(std::back_inserter(path), "{}{:.1f} {:.1f}", path.empty() ? "M" : " L", x(workers), y(rate));
    }
    add(R"(<path class="{}" d="{}"/>)", name, path);
  }

  std::string& svg_;
  double y_;
  std::string title_;
  std::vector<ScalingPoint> points_;
  double cores_;
  ScalingLaw law_;
  double most_telling_ = 1;
  double most_workers_ = 1;
  double most_rate_ = 0;
};

}  // namespace

std::string draw_scaling(const std::vector<Result>& results) {
  std::map<std::pair<std::string, std::string>, PanelPoints> panels;
  const auto add = [&](const Result& result, const std::string& exchange) {
    PanelPoints& panel = panels[{result.workload, exchange}];
    panel.points.push_back({static_cast<double>(result.workers), median(result.rates)});
    panel.cores = static_cast<double>(result.cores);
  };
  for (const Result& result : results) {
    if (result.exchange != "local") {
      add(result, result.exchange);
    }
  }
  for (const Result& result : results) {  // one worker belongs to every mode
    for (const char* const exchange : {"cereal", "move"}) {
      if (result.exchange == "local" && panels.contains({result.workload, exchange})) {
        add(result, exchange);
      }
    }
  }
  std::string svg = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}">)"
      "\n<style>text{{font:12px sans-serif}}.title{{font-weight:bold;font-size:14px}}.tick{{text-anchor:middle}}"
      ".rate{{text-anchor:end}}path{{fill:none}}.axis{{stroke:#444}}.ideal{{stroke:#999;stroke-dasharray:5 4}}"
      ".law{{stroke:#06c;stroke-width:2}}.projection{{stroke:#06c;stroke-dasharray:2 4}}circle{{fill:#c30}}"
      ".crowded{{fill:white;stroke:#c30}}</style>\n"
      R"(<rect width="100%" height="100%" fill="white"/>)"
      "\n",
      kPanelWidth, kPanelHeight * static_cast<double>(std::max<std::size_t>(panels.size(), 1)));
  double y = 0;
  for (auto& [name, shown] : panels) {
    std::ranges::sort(shown.points, {}, &ScalingPoint::workers);
    Panel{svg, y, fmt::format("{}, {}", name.first, name.second), shown}.draw();
    y += kPanelHeight;
  }
  return svg + "</svg>\n";
}

}  // namespace weir::bench
