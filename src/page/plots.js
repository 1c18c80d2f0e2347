// Plots of the last 15 minutes.

import { element, setAttribute, setText, svgElement } from "./elements.js";
import { kSpan } from "./history.js";

const kHeight = 100;

const meanOf = (values) => values.sum / values.count;
const greatestOf = (values) => values.greatest;

/// The path of a series, with a point for each `step` seconds, its mean or what else `pointOf` makes; `most` is at the
/// top. It has gaps where points are missing.
function pathOf(history, name, step, most, pointOf = meanOf) {
  const end = history.latest;
  const last = Math.floor(end / step);
  let path = "";
  let bucket = NaN;
  let values = null;
  let previous = NaN;
  const finish = () => {
    if (values?.count > 0) {
      const x = kSpan - (last - bucket) * step;
      const y = kHeight - (Math.min(Math.max(pointOf(values), 0), most) / most) * kHeight;
      path += `${bucket - previous <= 2 ? "L" : "M"}${x} ${y.toFixed(1)}`;
      previous = bucket;
    }
  };
  history.each(name, (time, value) => {
    const here = Math.floor(time / step);
    if (here !== bucket) {
      finish();
      bucket = here;
      values = { sum: 0, count: 0, greatest: -Infinity };
    }
    if (!Number.isNaN(value)) {
      values.sum += value;
      ++values.count;
      values.greatest = Math.max(values.greatest, value);
    }
  });
  if (pointOf === meanOf || path === "") {  // the greatest so far is not yet that of all
    finish();
  }
  return path;
}

function greatest(history, names) {
  let most = 0;
  for (const name of names) {
    history.each(name, (_, value) => {
      most = value > most ? value : most;
    });
  }
  return most;
}

/// A round number, not less than `number`.
function roundUp(number) {
  const power = 10 ** Math.floor(Math.log10(number));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((times) => times * power).find((round) => round >= number);
}

/// Of seconds: as many as people count in.
export function roundUpSeconds(seconds) {
  const rounds = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 21600, 43200, 86400];
  return seconds < 1 ? roundUp(seconds)
                     : (rounds.find((round) => round >= seconds) ?? Math.ceil(seconds / 86400) * 86400);
}

function chart(parent, className) {
  const svg = svgElement("svg", className, parent);
  svg.setAttribute("viewBox", `0 0 ${kSpan} ${kHeight}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  return svg;
}

/// A plot of some series in one unit: `series` are `[name, what it is]`.
export class Plot {
  constructor(parent, title, series, textOf, { round = roundUp, greatest = false } = {}) {
    this.title = title;
    this.series = series;
    this.textOf = textOf;
    this.round = round;
    this.step = greatest ? 9 : 3;  // the open epoch grows old and is young again: the greatest age tells of it
    this.pointOf = greatest ? greatestOf : meanOf;
    const figure = element("figure", "plot", parent);
    const caption = element("figcaption", "", figure);
    setText(element("span", "title", caption), title);
    this.now = series.map(([, what], index) => {
      const value = element("span", `value series-${index}`, caption);
      if (what) {
        setText(element("span", "what", value), what);
      }
      return element("span", "number", value);
    });
    const frame = element("div", "frame", figure);
    this.most = element("span", "most", frame);
    this.svg = chart(frame, "chart");
    svgElement("path", "grid", this.svg).setAttribute("d", `M0 0H${kSpan}M0 50H${kSpan}M300 0V100M600 0V100`);
    this.lines = series.map((_, index) => svgElement("path", `line series-${index}`, this.svg));
    const axis = element("div", "axis", figure);
    axis.setAttribute("aria-hidden", "true");
    ["−15 min", "−10 min", "−5 min", "now"].forEach((text) => setText(element("span", "", axis), text));
  }

  update(history, latest) {
    const names = this.series.map(([name]) => name);
    const most = greatest(history, names);
    const top = most > 0 ? this.round(most) : 1;
    names.forEach((name, index) => {
      setText(this.now[index], this.textOf(latest[name]));
      setAttribute(this.lines[index], "d", pathOf(history, name, this.step, top, this.pointOf));
    });
    setText(this.most, most > 0 ? this.textOf(top) : "");
    const now = this.series.map(([name, what]) => `${what} ${this.textOf(latest[name])}`.trim()).join(", ");
    setAttribute(this.svg, "aria-label", `${this.title}: now ${now}; at most ${this.textOf(most)} in 15 minutes`);
  }
}

/// A small plot of parts from 0 to 1.
export class Spark {
  constructor(parent) {
    this.svg = chart(parent, "spark");
    this.line = svgElement("path", "line series-0", this.svg);
  }

  update(history, name, title) {
    setAttribute(this.line, "d", pathOf(history, name, 9, 1));
    setAttribute(this.svg, "aria-label", title);
  }
}

const kColumns = 300;
const kColumnSeconds = kSpan / kColumns;
const kStripHeight = 16;

/// How a worker spent its time: stacked, a column for each 3 seconds. A new column moves the others to the left, so an
/// update draws one column alone.
export class Strip {
  constructor(parent) {
    this.canvas = element("canvas", "strip", parent);
    this.canvas.width = kColumns;
    this.canvas.height = kStripHeight;
    this.canvas.setAttribute("role", "img");
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.clear();
  }

  clear() {
    this.context.clearRect(0, 0, kColumns, kStripHeight);
    this.column = NaN;
  }

  add(time, { busy, room }, colours) {
    const column = Math.floor(time / kColumnSeconds);
    if (column !== this.column) {
      const by = column - this.column;
      if (by > 0 && by < kColumns) {
        this.context.globalCompositeOperation = "copy";
        this.context.drawImage(this.canvas, -by, 0);
        this.context.globalCompositeOperation = "source-over";
      } else {
        this.context.clearRect(0, 0, kColumns, kStripHeight);
      }
      this.column = column;
      this.sums = { busy: 0, room: 0, count: 0 };
    }
    this.sums.busy += busy;
    this.sums.room += room;
    ++this.sums.count;
    this.draw(colours);
  }

  draw(colours) {
    const heightOf = (sum) => Math.round((sum / this.sums.count) * kStripHeight);
    const [busy, room] = [heightOf(this.sums.busy), heightOf(this.sums.room)];
    const bar = (colour, top, height) => {
      this.context.fillStyle = colour;
      this.context.fillRect(kColumns - 1, top, 1, height);
    };
    bar(colours.input, 0, kStripHeight);
    bar(colours.room, kStripHeight - busy - room, room);
    bar(colours.busy, kStripHeight - busy, busy);
  }
}
