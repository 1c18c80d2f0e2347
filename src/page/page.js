// The page on which one sees a run: takes a status each second, keeps its history, and shows both.

import { Detail } from "./detail.js";
import { setText } from "./elements.js";
import { Feed } from "./feed.js";
import { Graph } from "./graph.js";
import { History } from "./history.js";
import { Metrics } from "./metrics.js";
import { eventTimeLag, Problems, Recovery, Sentence, Tiles } from "./overview.js";
import { Plot, roundUpSeconds } from "./plots.js";
import { Exchanges, Inputs, Keys, Steps } from "./tables.js";
import { bytesText, clockText, rateText, secondsOf, timeText } from "./words.js";
import { partsOf, Workers } from "./workers.js";

const at = (id) => document.getElementById(id);

const history = new History();
const graph = new Graph(at("graph"), showStep, (any, all) => {
  at("open-all").hidden = !any;
  setText(at("open-all"), all ? "Close all" : "Open all");
});
const detail = new Detail(at("detail"), () => {
  graph.select(null);
  graph.focus();
});
const workers = new Workers(at("workers"));
const exchanges = new Exchanges(at("exchanges"));
const recovery = new Recovery(at("recovery"));
const plots = [
  new Plot(at("plots"), "Items", [["in", "in"], ["out", "out"]], rateText),
  new Plot(at("plots"), "Event time behind", [["lag", ""]], timeText, { round: roundUpSeconds, greatest: true }),
  new Plot(at("plots"), "Age of the open epoch", [["epoch", ""]], timeText, { round: roundUpSeconds, greatest: true }),
  new Plot(at("plots"), "Memory", [["memory", ""]], bytesText),
];
const parts = [
  new Tiles(at("tiles")),
  new Sentence(at("holds-back"), at("says"), at("notes"), at("announced")),
  graph,
  detail,
  workers,
  exchanges,
  new Keys(at("keys")),
  new Inputs(at("inputs")),
  new Steps(at("steps"), (step) => {
    graph.reveal(step);
    showStep(step);
    at("graph").scrollIntoView({ block: "center" });
  }),
  new Metrics(at("metrics-panel"), at("metrics")),
  recovery,
  new Problems(at("problems")),
];

let latest = null;
let numbers = {};
let shape = "";
let waits = false;  // for the next frame

// A wide run tells only now and then what its steps do on each worker: what it told last stays.
function workersOf(step, index) {
  const before = latest?.steps[index];
  return Array.isArray(step.workers) ? step.workers : before?.id === String(step.id) ? before.workers : [];
}

// A status with all that the page reads, whatever is missing.
function whole(status) {
  const list = (value) => (Array.isArray(value) ? value : []);
  const steps = list(status.steps).map((step, index) => ({
    ...step,
    id: String(step.id ?? "?"),
    op: String(step.op ?? ""),
    stage: step.stage ?? 0,
    workers: workersOf(step, index),
    partitions: list(step.partitions),
  }));
  const workers = list(status.workers).map((worker, index) => ({ ...worker, parts: partsOf(worker, index, steps) }));
  const edges = list(status.edges).filter((edge) => steps[edge.from] && steps[edge.to]);
  return { ...status, workers, steps, edges, epochs: status.epochs ?? {}, problems: list(status.problems) };
}

function receive(text) {
  const begin = performance.now();
  latest = whole(JSON.parse(text));
  record(latest);
  note("weir receive", begin);
  if (!waits && !document.hidden) {
    waits = true;
    requestAnimationFrame(render);
  }
  return latest.phase;
}

function record(status) {
  const now = JSON.stringify(
      [status.dataflow, status.workers.length, status.steps.map((step) => step.id), status.edges.length]);
  if (now !== shape || secondsOf(status.now) < history.latest) {  // another run, or another clock
    shape = now;
    history.clear();
    detail.show(null);
    workers.redraw(history);
  }
  numbers = {
    in: status.items_in_per_second,
    out: status.items_out_per_second,
    lag: eventTimeLag(status),
    epoch: status.epochs.open_for_seconds,
    memory: status.resident_bytes,
  };
  history.begin(secondsOf(status.now));
  Object.entries(numbers).forEach(([name, value]) => history.set(name, value));
  workers.record(status, history);
  exchanges.record(status, history);
  recovery.record(status);
}

function render() {
  const begin = performance.now();
  waits = false;
  for (const part of parts) {
    part.update(latest, history);
  }
  plots.forEach((plot) => plot.update(history, numbers));
  showRun(latest);
  note("weir render", begin);
}

// The last of each is kept, for tests/page/check.
function note(name, begin) {
  performance.clearMeasures(name);
  performance.measure(name, { start: begin, end: performance.now() });
}

function phaseText(phase, restart) {
  return restart ? `${phase} in ${timeText(restart.wait_seconds)} (${restart.attempt} of ${restart.most})` : phase;
}

function showRun(status) {
  const name = String(status.dataflow ?? "weir");
  const phase = String(status.phase ?? "");
  setText(at("dataflow"), name);
  setText(at("phase"), phaseText(phase, status.restart));
  at("phase").dataset.phase = phase;
  setText(at("elapsed"), `${phase === "ended" ? "after" : "for"} ${timeText(status.elapsed_seconds)}`);
  const title = `${name} – ${phase}`;
  if (document.title !== title) {
    document.title = title;
  }
}

function showStep(step) {
  detail.show(step);
  detail.update(latest);
}

function showConnection(state) {
  document.body.dataset.state = state;
  const words = {
    connecting: "Connecting",
    live: "Live",
    lost: `Connection lost at ${clockText(Date.now() / 1000)}; connecting again. These are the last numbers.`,
    restarting: "The run has failed and restarts. These are its last numbers.",
    ended: "The run has ended. These are its last numbers.",
  };
  setText(at("connection"), words[state]);
}

at("fit").addEventListener("click", () => graph.view.fit());
at("zoom-in").addEventListener("click", () => graph.view.zoom(1.25));
at("zoom-out").addEventListener("click", () => graph.view.zoom(0.8));
at("open-all").addEventListener("click", () => graph.toggleAll());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && latest !== null) {
    workers.redraw(history);
    render();
  }
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => workers.redraw(history));
window.addEventListener("resize", () => latest !== null && graph.update(latest));

new Feed("events", receive, showConnection);
