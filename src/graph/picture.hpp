#pragma once

#include <string>
#include <string_view>

#include "graph/outline.hpp"

namespace weir::detail::graph {

// A dataflow as text that programs read or draw. Each ends with a line feed.

/// For Mermaid: a flowchart with a box for each stage, and labels on exchanges and queues.
[[nodiscard]] std::string to_mermaid(const Outline& flow);

/// For Graphviz: a cluster for each stage, and in it nested ones for the steps of a step that is made of steps
/// (`a.b`, `a.c`).
[[nodiscard]] std::string to_dot(const Outline& flow);

/// The picture itself, for light and dark backgrounds, with a description for screen readers.
[[nodiscard]] std::string to_svg(const Outline& flow);

/// `{"dataflow", "stages": [{"stage", "steps"}], "steps": [{"id", "op", "kind", "stage"}],
/// "edges": [{"from", "output", "to", "kind"}]}`, with steps by their ids.
[[nodiscard]] std::string to_json(const Outline& flow);

/// @param form  "mermaid", "dot", "svg" or "json"
[[nodiscard]] std::string draw(const Outline& flow, std::string_view form);

}  // namespace weir::detail::graph
