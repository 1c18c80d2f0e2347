// The metrics that the program registered itself: counters, gauges and histograms.

import { makeTable, setName, setText } from "./elements.js";
import { limit } from "./tables.js";
import { countText } from "./words.js";

const kMost = 200;
const isNumber = (value) => typeof value === "number";

/// What was measured, in a unit that the page does not know: three digits.
export function numberText(number) {
  if (!isNumber(number) || number === 0 || Math.abs(number) >= 1000 || Number.isInteger(number)) {
    return isNumber(number) && number < 0 ? `−${countText(-number)}` : countText(number);
  }
  return String(Number(number.toPrecision(3)));
}

/// The value below which a part of all observed ones lies, by the buckets of a histogram: its bucket is known, and the
/// place in it a guess. Above the last bound it is that bound.
export function quantile({ bounds, buckets, count }, part) {
  let below = 0;
  for (let index = 0; index < buckets.length && index < bounds.length; ++index) {
    if (buckets[index] > 0 && below + buckets[index] >= part * count) {
      const least = index > 0 ? bounds[index - 1] : Math.min(0, bounds[0]);
      return least + ((part * count - below) / buckets[index]) * (bounds[index] - least);
    }
    below += buckets[index];
  }
  return bounds.at(-1);
}

function textsOf(metric) {
  if (metric.kind !== "histogram") {
    return [numberText(metric.kind === "counter" ? metric.count : metric.value), "", "", ""];
  }
  const count = metric.count || 0;
  const mean = count > 0 && isNumber(metric.value) ? metric.value / count : undefined;
  const isWhole =
      count > 0 && Array.isArray(metric.bounds) && Array.isArray(metric.buckets) && metric.bounds.length > 0;
  const at = (part) => (isWhole ? numberText(quantile(metric, part)) : countText(undefined));
  return [countText(count), numberText(mean), at(0.5), at(0.99)];
}

/// Those of an array as docs/formats/run-status.md has it; or, of an object, its numbers.
function listOf(metrics) {
  if (Array.isArray(metrics)) {
    return metrics.filter((metric) => metric !== null && typeof metric === "object");
  }
  return Object.entries(metrics ?? {})
      .filter(([, value]) => isNumber(value))
      .map(([name, value]) => ({ name, value, kind: "gauge" }));
}

export class Metrics {
  constructor(panel, table) {
    this.panel = panel;
    this.table = table;
    const columns = [
      ["Metric", "name"], ["Step", "name"], ["Kind", "kind"], ["Value or count", "size"], ["Mean", "size"],
      ["Median", "size"], ["99 %", "size"]
    ];
    this.rows = makeTable(table, "What the program measures itself", columns);
  }

  update(status) {
    const all = status.steps.flatMap((step) => listOf(step.metrics).map((metric) => ({ step, metric })));
    if (this.panel.hidden !== (all.length === 0)) {
      this.panel.hidden = all.length === 0;
    }
    this.rows.fill(limit(this.table, all, kMost, "metric"), (row, { step, metric }) => {
      const { name = "?", kind = "", help } = metric;
      setName(row.cells[0], String(name), 30);
      row.cells[0].title = typeof help === "string" && help !== "" ? help : String(name);
      setName(row.cells[1], step.id, 24);
      setText(row.cells[2], String(kind));
      textsOf(metric).forEach((text, index) => setText(row.cells[3 + index], text));
    });
  }
}
