// What one sees first: the numbers of the whole run, what holds it back, what is idle or skewed; and its recovery and
// problems.

import { element, makeBar, setBar, setFlag, setText, Slots } from "./elements.js";
import { dealOf, isFull, isStalled, isUneven, keyedSteps } from "./tables.js";
import { bytesText, clockText, countText, percentText, rateText, secondsOf, someOf, timeText } from "./words.js";
import { isSilent } from "./workers.js";

const kIdle = 0.9;          // HoldsBack::kIdle
const kWaitsForRoom = 0.5;  // HoldsBack::kWaitsForRoom
const kMostNotes = 3;
const kMostProblems = 50;

/// From the earliest watermark of all steps to now, in seconds; NaN without any.
export function eventTimeLag(status) {
  const now = secondsOf(status.now);
  return status.steps.reduce((most, step) => {
    const lag = now - secondsOf(step.watermark);
    return Number.isNaN(lag) || lag < most ? most : lag;
  }, NaN);
}

const sumOf = (steps, member) => steps.reduce((sum, step) => sum + (step[member] || 0), 0);

function makeFacts(list, names) {
  return names.map((name) => {
    const fact = element("div", "", list);
    setText(element("dt", "", fact), name);
    const value = element("dd", "", fact);
    return { value: element("span", "value", value), more: element("span", "more", value), fact };
  });
}

function setFact({ value, more }, text, rest = "") {
  setText(value, text);
  setText(more, rest);
}

const latencyText = (seconds) => (seconds > 0 && seconds < 0.001 ? "< " + timeText(0.001) : timeText(seconds));

export class Tiles {
  constructor(list) {
    this.tiles =
        makeFacts(list, ["Items in", "Items out", "Read", "Event time behind", "Open epoch", "State", "Memory", "Latency"]);
    this.bar = makeBar(this.tiles[2].fact);
  }

  update(status) {
    const [itemsIn, itemsOut, read, behind, epoch, state, memory, latency] = this.tiles;
    const { epochs, steps } = status;
    setFact(itemsIn, rateText(status.items_in_per_second), `${countText(status.items_in)} in all`);
    setFact(itemsOut, rateText(status.items_out_per_second), `${countText(status.items_out)} in all`);
    const part = status.part_read;
    setFact(read, percentText(part), typeof part === "number" ? "" : "no known end");
    setFlag(read.fact, "endless", typeof part !== "number");
    setBar(this.bar, part);
    const lag = eventTimeLag(status);
    setFact(behind, timeText(lag), Number.isNaN(lag) ? "no watermark" : "");
    setFact(epoch, String(epochs.open ?? "–"), `open for ${timeText(epochs.open_for_seconds)}`);
    const keys = sumOf(steps, "keys_held");
    setFact(state, bytesText(sumOf(steps, "state_bytes")), `${countText(keys)} ${keys === 1 ? "key" : "keys"}`);
    setFact(memory, bytesText(status.resident_bytes), "of the process");
    const { p50_seconds: half, p99_seconds: most } = status.latency ?? {};
    setFact(latency, latencyText(half), typeof most === "number" ? `99 % within ${latencyText(most)}` : "not measured");
  }
}

const kNotCalm = /has not answered/;
const kCalm = /^(nothing|all inputs are at|the run has ended|the input brings nothing)/;

/// The sentence, and up to three notes.
export class Sentence {
  constructor(panel, says, notes, announced) {
    this.panel = panel;
    this.says = says;
    this.announced = announced;
    this.notes = new Slots(notes, () => ({ root: element("li") }));
  }

  update(status) {
    const sentence = typeof status.holds_back === "string" ? status.holds_back : "";
    setText(this.says, sentence.replace(/^[a-z]/, (first) => first.toUpperCase()) || "–");
    setFlag(this.panel, "alarm", kNotCalm.test(sentence));
    setFlag(this.panel, "slow", sentence !== "" && !kCalm.test(sentence) && !kNotCalm.test(sentence));
    this.announce(sentence);
    const still = ["ended", "restarting", "waiting"].includes(status.phase);
    const notes = [...sharesOf(status), ...(still ? [] : notesOf(status))];
    this.notes.fill(notes.slice(0, kMostNotes), ({ root }, note) => setText(root, note));
  }

  // Its numbers change each second; those who listen hear of it when it says something else.
  announce(sentence) {
    const kind = sentence.replace(/[\d.]+/g, "#").replace(/ \((?:"[^]*)\)$/, "");
    if (kind !== this.kind) {
      this.kind = kind;
      setText(this.announced, sentence);
    }
  }
}

/// What a process of an application has.
function sharesOf({ application }) {
  if (!application) {
    return [];
  }
  const { shards, of_shards: all, keys_taken_over: keys } = application;
  return [`Application: ${shards} of ${all} shards, ${countText(keys)} keys taken over`];
}

/// What is wrong, skewed or idle, the worst first.
export function notesOf(status) {
  const workersThat = (is) => status.workers.flatMap((worker, index) => (is(worker) ? [index] : []));
  const named = (workers) => `${workers.length === 1 ? "worker" : "workers"} ${someOf(workers, 6)}`;
  const notes = [];
  const silent = workersThat(isSilent);
  if (silent.length > 0) {
    notes.push(`No answer: ${named(silent)}`);
  }
  const stalled =
      status.steps.flatMap((step) => step.partitions.filter(isStalled).map((partition) => `"${partition.name}"`));
  if (stalled.length > 0) {
    notes.push(`Silent: ${stalled.length === 1 ? "partition" : "partitions"} ${someOf(stalled, 3)}`);
  }
  const uneven = keyedSteps(status).map((step) => ({ step, deal: dealOf(step) })).filter(({ deal }) => isUneven(deal));
  if (uneven.length > 0) {
    const says = ({ step, deal }) => `"${step.id}", worker ${deal.worker} has ${percentText(deal.part)} of its items`;
    notes.push(`Skewed: ${someOf(uneven.map(says), 2)}`);
  }
  const full = status.edges.filter((edge) => edge.kind !== "call" && isFull(edge));
  if (full.length > 0) {
    notes.push(`Full: channels to ${someOf(full.map((edge) => `"${status.steps[edge.to].id}"`), 3)}`);
  }
  const waiting = workersThat((worker) => !worker.ended && worker.parts.room >= kWaitsForRoom);
  if (waiting.length > 0) {
    notes.push(`Waiting for room: ${named(waiting)}`);
  }
  const idle = workersThat(
      (worker) =>
          !worker.ended && worker.parts.input + worker.parts.room >= kIdle && worker.parts.room < kWaitsForRoom);
  if (idle.length > 0) {
    notes.push(`Idle: ${named(idle)}`);
  }
  const ended = workersThat((worker) => worker.ended);
  if (ended.length > 0) {
    notes.push(`At their end: ${named(ended)}`);
  }
  return notes.length > 0 ? notes : ["No worker is idle, no step is skewed"];
}

export class Recovery {
  constructor(list) {
    this.facts = makeFacts(list, [
      "Open epoch", "Last epoch passed all workers in", "Durable epoch", "Last snapshot", "Size of the snapshot",
      "Restarts", "Began"
    ]);
    this.committed = null;
    this.since = NaN;
  }

  /// The status has no time of the last snapshot; it is the time when the page first saw its epoch.
  record(status) {
    const { committed } = status.epochs;
    if (this.committed !== null && committed > this.committed) {
      this.since = secondsOf(status.now);
    }
    this.committed = committed ?? null;
  }

  update(status) {
    const { epochs } = status;
    const [open, took, durable, last, size, restarts, began] = this.facts;
    setFact(open, String(epochs.open ?? "–"), `for ${timeText(epochs.open_for_seconds)}`);
    setFact(
        took, timeText(epochs.last_took_seconds),
        typeof epochs.passing_seconds === "number" ? `the next is closing for ${timeText(epochs.passing_seconds)}`
                                                   : "");
    setFact(
        durable, epochs.committed > 0 ? String(epochs.committed) : "none",
        status.keeps_snapshots ? "" : "the run keeps no snapshots");
    setFact(
        last, epochs.committed > 0 ? this.lastText(status) : "–",
        typeof epochs.last_commit_took_seconds === "number" ? `written in ${timeText(epochs.last_commit_took_seconds)}`
                                                            : "");
    setFact(size, epochs.committed > 0 ? bytesText(epochs.snapshot_bytes) : "–");
    setFact(restarts, String(epochs.failed ?? "–"), "after a failure");
    setFlag(restarts.fact, "bad", epochs.failed > 0);
    setFact(began, status.resumed ? "from a snapshot" : "anew");
  }

  lastText(status) {
    return Number.isNaN(this.since) ? "before this page was opened"
                                    : `${clockText(this.since)}, ${timeText(secondsOf(status.now) - this.since)} ago`;
  }
}

export class Problems {
  constructor(list) {
    this.slots = new Slots(list, () => ({ root: element("li") }));
  }

  update(status) {
    const latest = status.problems.slice(-kMostProblems).reverse();
    const texts = latest.length > 0 ? latest.map(String) : ["None"];
    setFlag(this.slots.parent, "none", latest.length === 0);
    this.slots.fill(texts, ({ root }, text) => setText(root, text));
  }
}
