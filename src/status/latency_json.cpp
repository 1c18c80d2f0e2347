#include "status/latency_json.hpp"

namespace weir::detail::status {

void write_latency(JsonWriter& json, const runtime::Latency& latency) {
  json.name("latency");
  json.begin_object();
  json.member("count", latency.count());
  json.member("p50_seconds", latency.quantile(0.5));
  json.member("p99_seconds", latency.quantile(0.99));
  json.end_object();
}

}  // namespace weir::detail::status
