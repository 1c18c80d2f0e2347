#include "status/metrics_text.hpp"

#include <cmath>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "codec/utf8.hpp"
#include "status/interval.hpp"

namespace weir::detail::status {
namespace {

std::string_view name_of(MetricsText::Type type) {
  switch (type) {
    case MetricsText::Type::kCounter:
      return "counter";
    case MetricsText::Type::kGauge:
      return "gauge";
    case MetricsText::Type::kHistogram:
      return "histogram";
  }
  return "";
}

// Bytes that are no UTF-8 are replaced: one of them would make Prometheus refuse the page.
std::string escaped(std::string_view text, bool quotes) {
  std::string result;
  for (const char byte : codec::repaired_utf8(text)) {
    if (byte == '\n') {
      result += "\\n";
      continue;
    }
    if (byte == '\\' || (quotes && byte == '"')) {
      result += '\\';
    }
    result += byte;
  }
  return result;
}

std::string number_text(double number) {
  if (std::isnan(number)) {
    return "NaN";
  }
  return std::isinf(number) ? (number > 0 ? "+Inf" : "-Inf") : fmt::to_string(number);
}

// Prometheus 3 writes whole bounds with a decimal, and takes others for other series.
std::string bound_text(double bound) {
  std::string text = fmt::to_string(bound);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

}  // namespace

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
  fmt::format_to(std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, escaped(help_, false),
                 name_of(type_));
  has_head_ = true;
}

void MetricsText::begin_sample(const Labels& labels, std::string_view suffix, std::string_view bound) {
  if (!has_head_) {
    head();
  }
  text_ += name_;
  text_ += suffix;
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
  if (!bound.empty()) {
    fmt::format_to(std::back_inserter(text_), ",le=\"{}\"", bound);
  }
  text_ += "} ";
}

// Each bucket counts all values up to its bound.
void MetricsText::histogram(const Labels& labels, const runtime::UserMetric& metric) {
  std::uint64_t up_to = 0;
  for (std::size_t bucket = 0; bucket < metric.bounds.size(); ++bucket) {
    up_to += metric.buckets[bucket];
    begin_sample(labels, "_bucket", bound_text(metric.bounds[bucket]));
    fmt::format_to(std::back_inserter(text_), "{}\n", up_to);
  }
  begin_sample(labels, "_bucket", "+Inf");
  fmt::format_to(std::back_inserter(text_), "{}\n", metric.count);
  begin_sample(labels, "_sum");
  fmt::format_to(std::back_inserter(text_), "{}\n", number_text(metric.value));
  begin_sample(labels, "_count");
  fmt::format_to(std::back_inserter(text_), "{}\n", metric.count);
}

void MetricsText::histogram(const Labels& labels, const runtime::Latency& latency) {
  histogram(labels, {.kind = runtime::UserMetric::Kind::kHistogram,
                     .name = {},
                     .help = {},
                     .count = latency.count(),
                     .value = in_seconds(latency.sum),
                     .bounds = {runtime::Latency::kBounds.begin(), runtime::Latency::kBounds.end()},
                     .buckets = {latency.buckets.begin(), latency.buckets.end()}});
}

void MetricsText::sample(const Labels& labels, std::uint64_t value) {
  begin_sample(labels);
  fmt::format_to(std::back_inserter(text_), "{}\n", value);
}

void MetricsText::sample(const Labels& labels, double value) {
  begin_sample(labels);
  fmt::format_to(std::back_inserter(text_), "{}\n", number_text(value));
}

void MetricsText::sample(const Labels& labels, nanoseconds value) { sample(labels, in_seconds(value)); }

void MetricsText::sample(const Labels& labels, Time value) { sample(labels, value.time_since_epoch()); }

std::string MetricsText::label(std::string_view name, std::string_view value) {
  return fmt::format("{}=\"{}\"", name, escaped(value, true));
}

std::string MetricsText::text() && {
  if (format_ == MetricsFormat::kOpenMetrics) {
    text_ += "# EOF\n";
  }
  return std::move(text_);
}

}  // namespace weir::detail::status
