// The workers: what each does now, and did in the last 15 minutes.

import { makeTable, setAttribute, setFlag, setName, setText } from "./elements.js";
import { Strip } from "./plots.js";
import { percentText, timeText } from "./words.js";

export const kSilent = 3;  // seconds; HoldsBack::kSilent

const limited = (part) => Math.min(Math.max(part || 0, 0), 1);

/// The parts of a worker's time. It is busy for as long as it does not wait, unless nothing is known of its time yet.
export function partsOf(worker, index, steps) {
  const input = limited(worker.waiting_for_input_share);
  const room = limited(worker.waiting_for_room_share);
  const isKnown =
      input + room + limited(worker.runtime_share) > 0 || steps.some((step) => step.workers[index]?.busy_share > 0);
  return { busy: isKnown ? limited(1 - input - room) : 0, input, room };
}

export const isSilent = (worker) =>
    worker.silent_for_seconds >= kSilent && worker.step !== null && worker.step !== undefined;

export class Workers {
  constructor(table) {
    const columns = [
      ["", "number"], ["In step", "name"], ["Busy", "part"], ["Input", "part"], ["Room", "part"],
      ["Last 15 minutes", "history"]
    ];
    this.rows =
        makeTable(table, "How each worker spends its time", columns, (cells) => ({ strip: new Strip(cells[5]) }));
    this.undrawn = 0;  // points of the history
    this.readColours();
  }

  readColours() {
    const style = getComputedStyle(document.documentElement);
    this.colours =
        Object.fromEntries(["busy", "room", "input"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  }

  /// Draws all again, after the colours or the workers have changed.
  redraw(history) {
    this.readColours();
    this.rows.slots.forEach((row, index) => {
      row.strip.clear();
      const rooms = [];
      history.each(`room ${index}`, (_, room) => rooms.push(room));
      let at = 0;
      history.each(`busy ${index}`, (time, busy) => {
        const room = rooms[at++];
        if (!Number.isNaN(busy)) {
          row.strip.add(time, { busy, room }, this.colours);
        }
      });
    });
    this.undrawn = 0;
  }

  record(status, history) {
    ++this.undrawn;
    status.workers.forEach((worker, index) => {
      const { busy, room } = worker.parts;
      history.set(`busy ${index}`, busy);
      history.set(`room ${index}`, room);
    });
  }

  update(status, history) {
    this.rows.fill(status.workers, (row, worker, index) => this.write(row, worker, index, status, history));
    if (this.undrawn > 1) {
      this.redraw(history);
    }
    this.undrawn = 0;
  }

  write(row, worker, index, status, history) {
    const { parts } = worker;
    const silent = isSilent(worker);
    const step = status.steps[worker.step];
    setText(row.cells[0], String(index));
    const noAnswer = silent ? `, no answer for ${timeText(worker.silent_for_seconds)}` : "";
    setName(row.cells[1], worker.ended ? "has ended" : (step?.id ?? "–") + noAnswer, 14);
    setText(row.cells[2], percentText(parts.busy));
    setText(row.cells[3], percentText(parts.input));
    setText(row.cells[4], percentText(parts.room));
    setFlag(row.root, "silent", silent);
    setAttribute(row.strip.canvas, "aria-label", `worker ${index} over the last 15 minutes`);
    if (this.undrawn === 1) {
      row.strip.add(history.latest, parts, this.colours);
    }
  }
}
