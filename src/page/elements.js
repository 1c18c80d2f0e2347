// Elements of the page. All text goes through `setText`: names of steps, files and keys are text, never markup. Each
// writes only what has changed, so that an update of the same numbers costs no layout.

const kSvg = "http://www.w3.org/2000/svg";

export function element(name, className = "", parent = null) {
  const made = document.createElement(name);
  if (className) {
    made.className = className;
  }
  parent?.append(made);
  return made;
}

export function svgElement(name, className = "", parent = null) {
  const made = document.createElementNS(kSvg, name);
  if (className) {
    made.setAttribute("class", className);
  }
  parent?.append(made);
  return made;
}

const shownTexts = new WeakMap();
const kTurnsText = /[\u202a-\u202e\u2066-\u2069]/g;  // what follows such a character may be shown backwards

export function setText(node, text) {
  if (shownTexts.get(node) !== text) {
    shownTexts.set(node, text);
    node.textContent = text.replace(kTurnsText, "\ufffd");
  }
}

const shownAttributes = new WeakMap();

export function setAttribute(node, name, value) {
  let shown = shownAttributes.get(node);
  if (shown === undefined) {
    shown = {};
    shownAttributes.set(node, shown);
  }
  const text = String(value);
  if (shown[name] !== text) {
    shown[name] = text;
    node.setAttribute(name, text);
  }
}

export function setFlag(node, name, on) {
  if (node.classList.contains(name) !== on) {
    node.classList.toggle(name, on);
  }
}

/// A name that may be longer than its place, which is wide enough for `fits` letters of the usual kind: then it is cut,
/// and its whole text is its title. Each element that is cut costs time at each update, so most are not.
export function setName(node, name, fits) {
  setText(node, name);
  setAttribute(node, "title", name);
  setFlag(node, "long", name.length > fits || kUnusual.test(name));
}

const kUnusual = /[^ -~]/;

/// Elements that are used again at each update: `fill` writes an item into one, in order.
export class Slots {
  constructor(parent, make) {
    this.parent = parent;
    this.make = make;
    this.slots = [];
    this.shown = 0;
  }

  fill(items, write) {
    for (let index = 0; index < items.length; ++index) {
      if (index === this.slots.length) {
        this.slots.push(this.make());
      }
      const slot = this.slots[index];
      if (index >= this.shown) {
        this.parent.append(slot.root);
      }
      write(slot, items[index], index);
    }
    for (let index = items.length; index < this.shown; ++index) {
      this.slots[index].root.remove();
    }
    this.shown = items.length;
  }
}

/// The head of a table and the slots of its rows. A column is `[title, class]`; the first of each row is its header.
export function makeTable(table, caption, columns, makeCells = () => ({})) {
  setText(element("caption", "unseen", table), caption);
  const head = element("tr", "", element("thead", "", table));
  for (const [title, className] of columns) {
    const cell = element("th", className, head);
    cell.scope = "col";
    setText(cell, title);
  }
  const body = element("tbody", "", table);
  return new Slots(body, () => {
    const root = element("tr");
    const cells = columns.map(([, className], index) => {
      const cell = element(index === 0 ? "th" : "td", className, root);
      if (index === 0) {
        cell.scope = "row";
      }
      return cell;
    });
    return { root, cells, ...makeCells(cells, root) };
  });
}

/// A bar that is filled from 0 to 1.
export function makeBar(parent) {
  const bar = element("span", "bar", parent);
  bar.setAttribute("aria-hidden", "true");
  return element("span", "fill", bar);
}

export function setBar(fill, part) {
  const width = `${Math.round(Math.min(Math.max(part || 0, 0), 1) * 1000) / 10}%`;
  if (fill.style.width !== width) {
    fill.style.width = width;
  }
}
