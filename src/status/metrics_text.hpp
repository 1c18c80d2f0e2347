#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "status/run_status.hpp"
#include "weir/detail/runtime/user_metric.hpp"

namespace weir::detail::status {

/// Which text format of metrics: that of Prometheus (0.0.4), or OpenMetrics (1.0.0).
/// @see https://prometheus.io/docs/instrumenting/exposition_formats,
/// https://prometheus.io/docs/specs/om/open_metrics_spec
enum class MetricsFormat : std::uint8_t { kPrometheus, kOpenMetrics };

/// Writes metrics as text: families of samples, all with the label `dataflow`. A family without samples is left out.
///
/// It is written here since prometheus-cpp 1.0.1 (Debian 12) writes no OpenMetrics, leaves line feeds in HELP and bytes
/// that are no UTF-8 in labels, each of which makes Prometheus refuse the page, and takes four times as long.
class MetricsText {
 public:
  enum class Type : std::uint8_t { kCounter, kGauge, kHistogram };

  /// What distinguishes a sample from others of its family.
  struct Labels {
    std::string_view step{};  ///< as `label` made it
    std::optional<std::size_t> worker{};
    std::string_view kind{};
  };

  MetricsText(std::string_view dataflow, MetricsFormat format);

  /// Begins a family. All samples up to the next are of it.
  /// @param name  of a counter with `_total` at its end
  /// @param help  any bytes
  void family(Type type, std::string_view name, std::string_view help);

  void sample(const Labels& labels, std::uint64_t value);
  void sample(const Labels& labels, double value);
  void sample(const Labels& labels, nanoseconds value);
  void sample(const Labels& labels, Time value);
  template <typename Value>
  void sample(const Labels& labels, const std::optional<Value>& value) {
    if (value) {
      sample(labels, *value);
    }
  }

  /// The samples of a histogram.
  void histogram(const Labels& labels, const runtime::UserMetric& metric);

  /// The same of times.
  void histogram(const Labels& labels, const runtime::Latency& latency);

  /// A label with a value of any bytes.
  [[nodiscard]] static std::string label(std::string_view name, std::string_view value);

  [[nodiscard]] std::string text() &&;

 private:
  void begin_sample(const Labels& labels, std::string_view suffix = {}, std::string_view bound = {});
  void head();

  MetricsFormat format_;
  std::string dataflow_;  // the label
  Type type_ = Type::kGauge;
  std::string_view name_;
  std::string_view help_;
  bool has_head_ = false;
  std::string text_;
};

}  // namespace weir::detail::status
