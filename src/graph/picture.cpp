#include "graph/picture.hpp"

#include "weir/json.hpp"

namespace weir::detail::graph {
namespace {

void write_steps(JsonWriter& json, const Outline& flow) {
  json.name("stages");
  json.begin_array();
  const auto stages = steps_by_stage(flow);
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    json.begin_object();
    json.member("stage", stage);
    json.name("steps");
    json.begin_array();
    for (const std::size_t step : stages[stage]) {
      json.text(flow.steps[step].id);
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.name("steps");
  json.begin_array();
  for (const OutlinedStep& step : flow.steps) {
    json.begin_object();
    json.member("id", step.id);
    json.member("op", step.op);
    json.member("kind", step.kind);
    json.member("stage", step.stage);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string to_json(const Outline& flow) {
  std::string text;
  JsonWriter json{text};
  json.begin_object();
  json.member("dataflow", flow.name);
  write_steps(json, flow);
  json.name("edges");
  json.begin_array();
  for (const OutlinedEdge& edge : flow.edges) {
    json.begin_object();
    json.member("from", flow.steps[edge.from].id);
    json.member("output", edge.output);
    json.member("to", flow.steps[edge.to].id);
    json.member("kind", name_of(edge.kind));
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return text + '\n';
}

std::string draw(const Outline& flow, std::string_view form) {
  if (form == "dot") {
    return to_dot(flow);
  }
  if (form == "svg") {
    return to_svg(flow);
  }
  return form == "json" ? to_json(flow) : to_mermaid(flow);
}

}  // namespace weir::detail::graph
