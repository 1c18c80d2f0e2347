// Exchanges, keys, inputs and steps, a table each.

import {
  element, makeBar, makeTable, setAttribute, setBar, setFlag, setName, setText, svgElement,
} from "./elements.js";
import { Spark } from "./plots.js";
import { bytesRateText, bytesText, countText, numberOf, percentText, rateText, secondsOf, timeText } from "./words.js";

const kMostRows = 24;
const kMostPartitions = 100;
export const kStalled = 10;  // seconds; HoldsBack::kStalled
export const kUneven = 2;    // HoldsBack::kUneven

/// The first of all, and a line that says how many there are more.
export function limit(table, rows, most, noun) {
  const rest = rows.length - most;
  let more = table.nextElementSibling;
  if (more === null) {
    more = element("p", "more", table.parentElement);
  }
  setText(more, rest > 0 ? `${numberOf(rest, noun)} more` : "");
  return rows.slice(0, most);
}

const kFull = 0.9;  // HoldsBack::kFull
export const isFull = (edge) => fillOf(edge) >= kFull;
export const fillOf = (edge) => (edge.buffers > 0 ? Math.min(edge.buffers_in_flight / edge.buffers, 1) : 0);

export class Exchanges {
  constructor(table) {
    this.table = table;
    const columns = [
      ["From", "name"], ["To", "name"], ["Full", "part"], ["Buffers in use, last 15 minutes", "history"],
      ["Not sent", "size"], ["Sent", "size"]
    ];
    this.rows = makeTable(table, "How full the channels between steps are", columns, (cells) => ({
      spark: new Spark(cells[3]),
    }));
  }

  record(status, history) {
    status.edges.forEach((edge, index) => edge.kind !== "call" && history.set(`fill ${index}`, fillOf(edge)));
  }

  update(status, history) {
    const channels = status.edges.map((edge, index) => ({ edge, index })).filter(({ edge }) => edge.kind !== "call");
    this.rows.fill(limit(this.table, channels, kMostRows, "channel"), (row, { edge, index }) => {
      const fill = fillOf(edge);
      setName(row.cells[0], status.steps[edge.from].id, 8);
      setName(row.cells[1], status.steps[edge.to].id, 8);
      setText(row.cells[2], percentText(fill));
      setFlag(row.root, "full", isFull(edge));
      row.spark.update(history, `fill ${index}`, `${edge.buffers_in_flight} of ${edge.buffers} buffers in use`);
      setText(row.cells[4], bytesText(edge.held_bytes));
      setText(row.cells[5], bytesRateText(edge.bytes_per_second));
    });
  }
}

/// How the items of a step are dealt to workers: by their rates, or since the start if none comes now.
export function dealOf(step) {
  const rates = step.workers.map((worker) => worker.items_per_second || 0);
  const items = rates.some((rate) => rate > 0) ? rates : step.workers.map((worker) => worker.items || 0);
  const all = items.reduce((sum, one) => sum + one, 0);
  const worker = items.indexOf(Math.max(...items));
  const others = items.length > 1 ? (all - items[worker]) / (items.length - 1) : 0;
  return {
    items,
    all,
    worker,
    part: all > 0 ? items[worker] / all : 0,
    times: others > 0 ? items[worker] / others : Infinity
  };
}

export const isUneven = (deal) => deal.all > 0 && deal.items.length > 1 && deal.times >= kUneven;

/// Steps that get their items by key, and outputs not.
export function keyedSteps(status) {
  const exchanged = new Set(status.edges.filter((edge) => edge.kind === "exchange").map((edge) => edge.to));
  return status.steps.filter(
      (step, index) => step.op !== "output" && step.workers.length > 0 && (exchanged.has(index) || step.keys_held > 0));
}

export class Keys {
  constructor(table) {
    this.table = table;
    const columns = [["Step", "name"], ["Items by worker", "history"], ["Most", "most"], ["Keys", "size"]];
    this.rows = makeTable(table, "How the items of keyed steps are dealt to the workers", columns, (cells) => {
      const svg = svgElement("svg", "deal", cells[1]);
      svg.setAttribute("preserveAspectRatio", "none");
      svg.setAttribute("role", "img");
      return { svg, bars: svgElement("path", "", svg), most: svgElement("path", "most", svg) };
    });
  }

  update(status) {
    this.rows.fill(limit(this.table, keyedSteps(status), kMostRows, "keyed step"), (row, step) => {
      const deal = dealOf(step);
      const highest = deal.items[deal.worker];
      const barOf = (items, worker) => {
        const height = highest > 0 ? Math.max((items / highest) * 30, items > 0 ? 1 : 0) : 0;
        return `M${worker * 4} 30v-${height.toFixed(1)}h3.4v${height.toFixed(1)}z`;
      };
      setName(row.cells[0], step.id, 14);
      setAttribute(row.svg, "viewBox", `0 0 ${Math.max(deal.items.length, 12) * 4} 30`);
      setAttribute(row.bars, "d", deal.items.map(barOf).join(""));
      setAttribute(row.most, "d", isUneven(deal) ? barOf(highest, deal.worker) : "");
      setFlag(row.root, "uneven", isUneven(deal));
      const says = deal.all > 0 ? `worker ${deal.worker}: ${percentText(deal.part)}` : "–";
      setText(row.cells[2], says);
      setAttribute(row.svg, "aria-label", `most on ${says}`);
      setText(row.cells[3], countText(step.keys_held));
    });
  }
}

export const isStalled = (partition) => !partition.ended && partition.silent_for_seconds >= kStalled;

// Those that stall first, those that have ended last.
function inOrder(partitions) {
  const rank = (one) => (one.ended ? 2 : isStalled(one) ? 0 : 1);
  const names = new Intl.Collator("en", { numeric: true });
  return partitions.sort(
      (one, other) =>
          rank(one.partition) - rank(other.partition) || names.compare(one.partition.name, other.partition.name));
}

function stateOf(partition) {
  if (partition.ended) {
    return "at its end";
  }
  return partition.silent_for_seconds >= 1 ? `silent for ${timeText(partition.silent_for_seconds)}` : "reads";
}

export class Inputs {
  constructor(table) {
    this.table = table;
    const columns = [
      ["Partition", "name"], ["Input", "name"], ["Worker", "number"], ["State", "state"], ["Read", "read"],
      ["Not read yet", "size"], ["Watermark behind", "size"]
    ];
    this.rows = makeTable(table, "The partitions of the inputs", columns, (cells) => {
      const percent = element("span", "percent", cells[4]);
      return { percent, bar: makeBar(cells[4]) };
    });
  }

  update(status) {
    const now = secondsOf(status.now);
    const all = status.steps.flatMap((step) => step.partitions.map((partition) => ({ step, partition })));
    this.rows.fill(limit(this.table, inOrder(all), kMostPartitions, "partition"), (row, { step, partition }) => {
      const { progress } = partition;
      const part = progress && progress.total > 0 ? progress.done / progress.total : null;
      const rest = progress ? Math.max(progress.total - progress.done, 0) : null;
      setName(row.cells[0], String(partition.name ?? "?"), 20);
      setName(row.cells[1], step.id, 20);
      setText(row.cells[2], String(partition.worker ?? "–"));
      setText(row.cells[3], stateOf(partition));
      setText(row.percent, progress?.grows ? "grows" : percentText(part));
      setBar(row.bar, part);
      setText(row.cells[5], progress?.unit === "items" ? countText(rest) : bytesText(rest));
      setText(row.cells[6], timeText(now - secondsOf(partition.watermark)));
      setFlag(row.root, "stalled", isStalled(partition));
      setFlag(row.root, "ended", partition.ended === true);
      setFlag(row.root, "endless", part === null);
    });
  }
}

function countersText(counters) {
  const counted = Object.entries(counters ?? {}).filter(([, count]) => count > 0);
  return counted.map(([name, count]) => `${name} ${countText(count)}`).join(", ");
}

export class Steps {
  constructor(table, onChoose) {
    const columns = [
      ["Step", "name"], ["Operator", "operator"], ["Stage", "number"], ["Items", "size"], ["Rate", "size"],
      ["Time", "part"], ["Keys", "size"], ["State", "size"], ["Watermark behind", "size"], ["Counters", "counters"]
    ];
    this.rows = makeTable(table, "The steps, their work and their states", columns, (cells, root) => {
      const button = element("button", "link", cells[0]);
      button.type = "button";
      button.addEventListener("click", () => onChoose(this.rows.slots.findIndex((row) => row.root === root)));
      return { button };
    });
  }

  update(status) {
    const now = secondsOf(status.now);
    this.rows.fill(status.steps, (row, step) => {
      setName(row.button, step.id, 24);
      setName(row.cells[1], step.op, 10);
      setText(row.cells[2], String(step.stage));
      setText(row.cells[3], countText(step.items));
      setText(row.cells[4], rateText(step.items_per_second));
      setText(row.cells[5], percentText(step.busy_share));
      setText(row.cells[6], step.keys_held > 0 ? countText(step.keys_held) : "–");
      setText(row.cells[7], step.state_bytes > 0 ? bytesText(step.state_bytes) : "–");
      setText(row.cells[8], timeText(now - secondsOf(step.watermark)));
      setName(row.cells[9], countersText(step.counters), 24);
    });
  }
}
