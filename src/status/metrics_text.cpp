#include "status/metrics_text.hpp"

#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "codec/utf8.hpp"
#include "status/interval.hpp"

namespace weir::detail::status {

MetricsText::MetricsText(std::string_view dataflow, MetricsFormat format)
    : format_{format}, dataflow_{label("dataflow", dataflow)} {}

void MetricsText::family(Type type, std::string_view name, std::string_view help) {
  type_ = type;
  name_ = name;
  help_ = help;
  has_head_ = false;
}

// OpenMetrics names the family of a counter without the _total of its samples.
void MetricsText::head() {
  constexpr std::string_view kTotal = "_total";
  std::string_view name = name_;
  if (format_ == MetricsFormat::kOpenMetrics && type_ == Type::kCounter) {
    name.remove_suffix(kTotal.size());
  }
  fmt::format_to(std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help_,
                 type_ == Type::kCounter ? "counter" : "gauge");
  has_head_ = true;
}

void MetricsText::begin_sample(const Labels& labels) {
  if (!has_head_) {
    head();
  }
  text_ += name_;
  text_ += '{';
  text_ += dataflow_;
  if (!labels.step.empty()) {
    text_ += ',';
    text_ += labels.step;
  }
  if (labels.worker) {
    fmt::format_to(std::back_inserter(text_), ",worker=\"{}\"", *labels.worker);
  }
  if (!labels.kind.empty()) {
    text_ += ',';
    text_ += label("kind", labels.kind);
  }
  text_ += "} ";
}

void MetricsText::sample(const Labels& labels, std::uint64_t value) {
  begin_sample(labels);
  fmt::format_to(std::back_inserter(text_), "{}\n", value);
}

void MetricsText::sample(const Labels& labels, double value) {
  begin_sample(labels);
  fmt::format_to(std::back_inserter(text_), "{}\n", value);
}

void MetricsText::sample(const Labels& labels, nanoseconds value) { sample(labels, in_seconds(value)); }

void MetricsText::sample(const Labels& labels, Time value) { sample(labels, value.time_since_epoch()); }

std::string MetricsText::label(std::string_view name, std::string_view value) {
  std::string text{name};
  text += "=\"";
  for (const char byte : codec::repaired_utf8(value)) {
    switch (byte) {
      case '\\':
        text += "\\\\";
        break;
      case '"':
        text += "\\\"";
        break;
      case '\n':
        text += "\\n";
        break;
      default:
        text += byte;
    }
  }
  return text + '"';
}

std::string MetricsText::text() && {
  if (format_ == MetricsFormat::kOpenMetrics) {
    text_ += "# EOF\n";
  }
  return std::move(text_);
}

}  // namespace weir::detail::status
