// The dataflow as a graph. It is laid out when the dataflow changes, or a box is opened; each second only the numbers
// in it change.

import { setAttribute, setFlag, setText, svgElement } from "./elements.js";
import { boxesOf, foldsOf } from "./folding.js";
import { layOut } from "./layout.js";
import { isFull } from "./tables.js";
import { View } from "./view.js";
import { numberOf, percentText, rateText } from "./words.js";

const kBox = { width: 172, height: 62 };
const kTrack = 110;  // the bar of a box
const kTints = 6;
const kInset = 10;
const kPadding = { left: kInset, right: kInset, top: 26, bottom: kInset };
const kLargeEnough = 0.8;
const kArrow = {
  id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse",
  orient: "auto",
};
const kSome = 0.3;
const kMuch = 0.7;  // a step that takes so much of the time determines the speed: HoldsBack::kTakesMost

const sum = (numbers) => numbers.reduce((total, number) => total + (number || 0), 0);

export class Graph {
  /// `onSelect` gets the number of a step, or null; `onFolds` whether there are boxes that can be opened, and
  /// whether all are open.
  constructor(svg, onSelect, onFolds) {
    this.svg = svg;
    this.onSelect = onSelect;
    this.onFolds = onFolds;
    this.open = new Set();
    this.selected = null;
    const arrow = svgElement("marker", "", svgElement("defs", "", svg));
    for (const [name, value] of Object.entries(kArrow)) {
      arrow.setAttribute(name, value);
    }
    svgElement("path", "arrow", arrow).setAttribute("d", "M0 0.5 8 4 0 7.5z");
    this.inside = svgElement("g", "", svg);
    this.view = new View(svg, this.inside);
    this.measure = document.createElement("canvas").getContext("2d");
    svg.addEventListener("keydown", (event) => this.onKey(event));
  }

  update(status) {
    const narrow = this.svg.getBoundingClientRect().width < 600;
    const shape = JSON.stringify([
      narrow,
      [...this.open],
      status.steps.map((step) => [step.id, step.op, step.stage]),
      status.edges.map((edge) => [edge.from, edge.to, edge.kind]),
    ]);
    if (shape !== this.shape) {
      this.shape = shape;
      this.build(status, narrow);
    }
    this.status = status;
    const named = namesIn(status.holds_back);
    this.leaves.forEach((leaf) => this.updateBox(leaf, status, named));
    this.edges.forEach((edge) => updateEdge(edge, status));
  }

  build(status, narrow) {
    this.folds = foldsOf(status.steps);
    const { root, leaves, edges } = boxesOf(status, this.folds, this.open);
    this.leaves = leaves;
    this.edges = edges;
    this.onFolds(this.folds.size > 0, [...this.folds.keys()].every((name) => this.open.has(name)));
    for (const leaf of leaves) {
      leaf.entries = entriesOf(leaf, status);
      Object.assign(leaf, kBox);
    }
    const height = this.layOut(root, narrow);
    const hadFocus = this.inside.contains(document.activeElement);
    this.inside.replaceChildren();
    this.drawNested(root.children);
    const lines = svgElement("g", "edges", this.inside);
    edges.forEach((edge) => this.drawEdge(edge, lines));
    const boxes = svgElement("g", "boxes", this.inside);
    leaves.forEach((leaf) => this.drawBox(leaf, status, boxes));
    this.svg.style.height = `${height}px`;  // it changes with the dataflow alone
    this.view.setSize(root.width, root.height);
    const toggled = leaves.find((leaf) => this.toggled && `${leaf.name}.`.startsWith(`${this.toggled}.`));
    this.focusable(toggled ?? leaves.find((leaf) => leaf.key === this.selected) ?? leaves[0], hadFocus);
  }

  // The flow goes to the right, and down on a narrow screen. Stages are laid out likewise; but if all is too small
  // then, they go down, as long as that makes it larger. Returns the height of the view.
  layOut(root, narrow) {
    const { width } = this.svg.getBoundingClientRect();
    const most = Math.max(320, window.innerHeight * (narrow ? 0.75 : 0.6));
    const scaleWith = (down) => {
      setDirection(root, narrow, down);
      layOut(root, this.edges, kPadding);
      return Math.min(1.15, (width - 24) / root.width, (most - 24) / root.height);
    };
    let scale = scaleWith(narrow);
    if (!narrow && scale < kLargeEnough) {
      const other = scaleWith(true);
      scale = other > scale ? other : scaleWith(false);
    }
    return Math.round(Math.max(root.height * scale + 24, 150));
  }

  drawNested(boxes) {
    for (const box of boxes.filter((one) => one.children)) {
      const { x, y, width, height } = box;
      const isFold = box.name !== undefined;
      const group = svgElement("g", isFold ? "opened" : `stage tint-${box.stage % kTints}`, this.inside);
      drawRectangle(group, "", { x, y, width, height }, 8);
      const title = drawText(group, "", x + kInset, y + 16);
      setText(title, isFold ? this.shortened(`▾ ${box.name}`, width - 2 * kInset, 12) : `stage ${box.stage}`);
      if (isFold) {
        makeButton(group, `close ${box.name}`);
        group.setAttribute("tabindex", "0");
        onPress(group, this.view, () => this.toggle(box.name));
      }
      this.drawNested(box.children);
    }
  }

  drawBox(leaf, status, parent) {
    const { x, y } = leaf;
    const first = status.steps[leaf.members[0]];
    const what = leaf.folded ? numberOf(leaf.members.length, "step") : first.op;
    const box = svgElement("g", leaf.folded ? "box folded" : "box", parent);
    makeButton(box, `${leaf.name}: ${what}`);
    if (leaf.folded) {
      drawRectangle(box, "under", { x: x + 4, y: y + 4, ...kBox }, 5);
    }
    drawRectangle(box, "face", { x, y, ...kBox }, 5);
    const text = (className, column, row) => drawText(box, className, x + column, y + row);
    const name = (leaf.folded ? "▸ " : "") + leaf.name;
    setText(text("name", 10, 20), this.shortened(name, kBox.width - 20, 13, 600));
    setText(text("far-name", 10, 39), this.shortened(name, kBox.width - 20, 23));
    setText(text("what", 10, 38), this.shortened(what, 84, 12));
    const track = { x: x + 10, y: y + 47, width: kTrack, height: 4 };
    drawRectangle(box, "track", track, 2);
    leaf.fill = drawRectangle(box, "share", { ...track, width: 0 }, 2);
    leaf.rate = text("rate", kBox.width - 10, 38);
    leaf.percent = text("percent", kBox.width - 10, 53);
    leaf.group = box;
    onPress(box, this.view, () => (leaf.folded ? this.toggle(leaf.name) : this.select(leaf)));
  }

  drawEdge(edge, parent) {
    const group = svgElement("g", `edge ${edge.kind}`, parent);
    edge.line = svgElement("path", "", group);
    edge.line.setAttribute("d", curve(edge.points, edge.down));
    edge.line.setAttribute("marker-end", "url(#arrow)");
    edge.title = svgElement("title", "", edge.line);
    const [one, other] = edge.points;
    const [x, y] = [(one.x + other.x) / 2, (one.y + other.y) / 2];
    edge.label = edge.down ? drawText(group, "beside", x + 6, y + 4) : drawText(group, "above", x, y - 6);
    edge.group = group;
  }

  updateBox(leaf, status, named) {
    const members = leaf.members.map((member) => status.steps[member]);
    const rate = sum(leaf.entries.map((member) => status.steps[member].items_per_second));
    const share = sum(members.map((step) => step.busy_share));
    setText(leaf.rate, rateText(rate));
    setText(leaf.percent, percentText(share));
    setAttribute(leaf.fill, "width", Math.round(Math.min(share, 1) * kTrack));
    setFlag(leaf.group, "much", share >= kMuch);
    setFlag(leaf.group, "warm", share >= kSome);
    setFlag(leaf.group, "named", members.some((step) => named.has(step.id)));
    setFlag(leaf.group, "selected", leaf.key === this.selected);
    setAttribute(leaf.group, "aria-label", `${leaf.name}, ${rateText(rate)}, ${percentText(share)} of the time`);
  }

  select(leaf) {
    this.selected = leaf?.key ?? null;
    this.update(this.status);
    this.onSelect(leaf?.members[0] ?? null);
  }

  /// Shows a step that was chosen elsewhere.
  reveal(step) {
    const id = this.status.steps[step].id;
    for (const [name, members] of this.folds) {
      if (members.includes(step) && (id === name || id.startsWith(`${name}.`))) {
        this.open.add(name);
      }
    }
    this.selected = `step ${step}`;
    this.update(this.status);
    const leaf = this.leaves.find((one) => one.key === this.selected);
    this.view.reveal(leaf);
    this.focusable(leaf, true);
  }

  toggle(name) {
    if (!this.open.delete(name)) {
      this.open.add(name);
    }
    this.toggled = name;
    this.update(this.status);
  }

  /// Opens all boxes, or closes them if all are open.
  toggleAll() {
    const names = [...this.folds.keys()];
    this.open = new Set(names.every((name) => this.open.has(name)) ? [] : names);
    this.update(this.status);
  }

  focus() {
    this.leaves.find((leaf) => leaf.group.getAttribute("tabindex") === "0")?.group.focus({ preventScroll: true });
  }

  // One box is reached by Tab; arrow keys lead from it to the others.
  focusable(leaf, now) {
    for (const one of this.leaves) {
      setAttribute(one.group, "tabindex", one === leaf ? 0 : -1);
    }
    if (now) {
      leaf?.group.focus({ preventScroll: true });
    }
  }

  onKey(event) {
    const leaf = this.leaves?.find((one) => one.group === event.target);
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (leaf === undefined || direction === undefined) {
      return;
    }
    event.preventDefault();
    const next = this.nearest(leaf, direction);
    if (next !== null) {
      this.focusable(next, true);
      this.view.reveal(next);
    }
  }

  nearest(leaf, [right, down]) {
    let best = null;
    let least = Infinity;
    for (const other of this.leaves) {
      const ahead = (other.x - leaf.x) * right + (other.y - leaf.y) * down;
      const aside = Math.abs((other.x - leaf.x) * down) + Math.abs((other.y - leaf.y) * right);
      if (ahead > 0 && ahead + 3 * aside < least) {
        least = ahead + 3 * aside;
        best = other;
      }
    }
    return best;
  }

  // Without its middle if it is too long: ids often begin alike.
  shortened(text, width, size, weight = 400) {
    this.measure.font = `${weight} ${size}px ${getComputedStyle(this.svg).fontFamily}`;
    const fits = (some) => this.measure.measureText(some).width <= width;
    if (fits(text)) {
      return text;
    }
    const letters = [...text];
    const beginning = (count) => letters.slice(0, Math.ceil(count / 2)).join("");
    const end = (count) => letters.slice(letters.length - Math.floor(count / 2)).join("");
    const cut = (count) => `${beginning(count)}…${end(count)}`;
    let [least, most] = [0, letters.length];
    while (least < most) {
      const middle = Math.ceil((least + most) / 2);
      [least, most] = fits(cut(middle)) ? [middle, most] : [least, middle - 1];
    }
    return cut(least);
  }
}

function setDirection(root, down, downInside) {
  root.down = down;
  const visit = (box) => {
    box.down = downInside;
    box.children?.forEach(visit);
  };
  root.children.forEach(visit);
}

// All places are those of the whole graph: each transform of an element would cost time at each update.
function drawRectangle(parent, className, place, radius) {
  const made = svgElement("rect", className, parent);
  for (const name of ["x", "y", "width", "height"]) {
    made.setAttribute(name, place[name]);
  }
  made.setAttribute("rx", radius);
  return made;
}

function drawText(parent, className, x, y) {
  const made = svgElement("text", className, parent);
  made.setAttribute("x", x);
  made.setAttribute("y", y);
  return made;
}

function makeButton(group, title) {
  group.setAttribute("role", "button");
  setText(svgElement("title", "", group), title);
}

// A click at the end of a drag presses nothing.
function onPress(group, view, press) {
  group.addEventListener("click", () => view.moved || press());
  group.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      press();
    }
  });
}

function curve(points, down) {
  let path = `M${points[0].x} ${points[0].y}`;
  for (let index = 1; index < points.length; ++index) {
    const from = points[index - 1];
    const to = points[index];
    const middle = down ? (from.y + to.y) / 2 : (from.x + to.x) / 2;
    path += down ? `C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${to.y}`
                 : `C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`;
  }
  return path;
}

// The steps of a box that get items from outside, or are inputs.
function entriesOf(leaf, status) {
  const inside = new Set(leaf.members);
  return leaf.members.filter((member) => {
    const edges = status.edges.filter((edge) => edge.to === member);
    return edges.length === 0 || edges.some((edge) => !inside.has(edge.from));
  });
}

function updateEdge(edge, status) {
  const members = edge.members.map((member) => status.edges[member]);
  const known = members.filter((member) => typeof member.items_per_second === "number");
  setText(edge.label, known.length > 0 ? rateText(sum(known.map((member) => member.items_per_second))) : "");
  const [inFlight, buffers] =
      [sum(members.map((one) => one.buffers_in_flight)), sum(members.map((one) => one.buffers))];
  setFlag(edge.group, "full", members.some(isFull));
  setText(edge.title, buffers > 0 ? `${edge.kind}, ${inFlight} of ${buffers} buffers in flight` : edge.kind);
}

// The ids in quotes in the sentence, unless nothing holds the flow back.
function namesIn(sentence) {
  if (typeof sentence !== "string" || sentence.startsWith("nothing")) {
    return new Set();
  }
  return new Set([...sentence.matchAll(/"([^"]*)"/g)].map((match) => match[1]));
}
