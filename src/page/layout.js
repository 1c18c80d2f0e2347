// A layered layout of nested boxes: columns by longest path, rows by barycentre. Each box that has others in it is laid
// out by itself, and is one box in the layout around it. Positions are along the flow (`along`) and across it
// (`across`), so that the same code draws from left to right and from top to bottom.
//
// Sources: Sugiyama, Tagawa and Toda, Methods for visual understanding of hierarchical system structures (1981); rows
// are moved apart by isotonic regression (pool adjacent violators).

const kColumnGap = 70;
const kRowGap = 16;
const kWaySize = 10;  // of an edge that passes a column
const kWayGap = 6;
const kSweeps = 8;

/// `root` and the boxes in it: `{parent, children}` with children or `{parent, length, breadth}`; lengths are along the
/// flow. `edges`: `{from, to}`, boxes without children. `padding`: `{start, end, before, after}` of boxes with children,
/// along and across. Gives each box `along`, `across`, `length` and `breadth`, and each edge its `points`.
export function layOut(root, edges, padding) {
  for (const edge of edges) {
    edge.ways = new Map();
  }
  arrange(root, edges, padding);
  moveTo(root, 0, 0);
  for (const edge of edges) {
    edge.points = pointsOf(edge);
  }
}

function partOf(box, inside) {
  while (box !== null && box.parent !== inside) {
    box = box.parent;
  }
  return box;
}

function arrange(box, edges, padding) {
  for (const child of box.children) {
    if (child.children) {
      arrange(child, edges, padding);
    }
  }
  const links = [];
  for (const edge of edges) {
    const from = partOf(edge.from, box);
    const to = partOf(edge.to, box);
    if (from !== to) {
      links.push({ from, to, edge });
    }
  }
  const columns = cellsOf(box, links);
  order(columns);
  spread(columns);
  place(box, columns, box.parent === null ? { start: 0, end: 0, before: 0, after: 0 } : padding);
}

// By the longest path to each child. Links back, of boxes that several steps of a cycle are folded into, do not count.
function columnsOf(children, links) {
  const after = new Map(children.map((child) => [child, []]));
  const hasBefore = new Set();
  for (const { from, to } of links) {
    if (from !== null && to !== null) {
      after.get(from).push(to);
      hasBefore.add(to);
    } else if (from === null) {
      hasBefore.add(to);
    }
  }
  const sorted = [];
  const visited = new Set();
  const visit = (child) => {
    visited.add(child);
    for (const next of after.get(child)) {
      if (!visited.has(next)) {
        visit(next);
      }
    }
    sorted.push(child);
  };
  [...children].reverse().forEach((child) => visited.has(child) || visit(child));
  sorted.reverse();
  const rank = new Map(sorted.map((child, index) => [child, index]));
  const column = new Map(children.map((child) => [child, 0]));
  const forward = (child) => after.get(child).filter((next) => rank.get(next) > rank.get(child));
  for (const child of sorted) {
    for (const next of forward(child)) {
      column.set(next, Math.max(column.get(next), column.get(child) + 1));
    }
  }
  for (const child of sorted.reverse()) {  // a source is next to what it leads to
    const nexts = forward(child).map((next) => column.get(next));
    if (!hasBefore.has(child) && nexts.length > 0) {
      column.set(child, Math.min(...nexts) - 1);
    }
  }
  return column;
}

// The cells of each column: a child each, and one for each edge that passes the column.
function cellsOf(box, links) {
  const column = columnsOf(box.children, links);
  const count = 1 + Math.max(0, ...column.values());
  const columns = Array.from({ length: count }, () => []);
  const cells = new Map();
  for (const child of box.children) {
    const cell = { box: child, breadth: child.breadth, before: [], after: [] };
    cells.set(child, cell);
    columns[column.get(child)].push(cell);
  }
  const chains = new Map();
  for (const { from, to, edge } of links) {
    const first = from === null ? 0 : column.get(from) + 1;
    const last = to === null ? count - 1 : column.get(to) - 1;
    // Edges that leave the box from one child, or enter it for one, go together.
    const name = `${from === null ? "" : box.children.indexOf(from)} ${to === null ? "" : box.children.indexOf(to)}`;
    if (!chains.has(name)) {
      chains.set(name, chain(columns, first, last, cells.get(from), cells.get(to)));
    }
    edge.ways.set(box, chains.get(name));
  }
  return columns;
}

function chain(columns, first, last, from, to) {
  const ways = [];
  let before = from;
  for (let column = first; column <= last; ++column) {
    const way = { box: null, breadth: kWaySize, before: [], after: [] };
    columns[column].push(way);
    ways.push(way);
    join(before, way);
    before = way;
  }
  join(before, to);
  return ways;
}

function join(before, after) {
  if (before && after) {
    before.after.push(after);
    after.before.push(before);
  }
}

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

function sweep(columns, number, use) {
  const forward = number % 2 === 0;
  const inOrder = forward ? columns : [...columns].reverse();
  for (const cells of inOrder) {
    use(cells, forward ? "before" : "after");
  }
}

function order(columns) {
  const number = (cells) => cells.forEach((cell, index) => (cell.position = index - (cells.length - 1) / 2));
  columns.forEach(number);
  for (let round = 0; round < kSweeps; ++round) {
    sweep(columns, round, (cells, side) => {
      for (const cell of cells) {
        cell.wish = cell[side].length > 0 ? mean(cell[side].map((other) => other.position)) : cell.position;
      }
      cells.sort((one, other) => one.wish - other.wish);
      number(cells);
    });
  }
}

const gapBetween = (one, other) => (one.box === null && other.box === null ? kWayGap : kRowGap);

function spread(columns) {
  for (const cells of columns) {
    apart(cells, cells.map(() => 0));
  }
  for (let round = 0; round < kSweeps; ++round) {
    sweep(columns, round, (cells, side) => {
      apart(cells, cells.map((cell) => (cell[side].length > 0 ? mean(cell[side].map((other) => other.centre)) : cell.centre)));
    });
  }
}

// Puts cells as near to their wishes as their sizes let them.
function apart(cells, wishes) {
  const offsets = [];
  let offset = 0;
  cells.forEach((cell, index) => {
    if (index > 0) {
      offset += (cells[index - 1].breadth + cell.breadth) / 2 + gapBetween(cells[index - 1], cell);
    }
    offsets.push(offset);
  });
  const pools = [];
  wishes.forEach((wish, index) => {
    pools.push({ sum: wish - offsets[index], count: 1 });
    while (pools.length > 1 && average(pools.at(-2)) > average(pools.at(-1))) {
      const last = pools.pop();
      pools.at(-1).sum += last.sum;
      pools.at(-1).count += last.count;
    }
  });
  let index = 0;
  for (const pool of pools) {
    for (let left = pool.count; left > 0; --left, ++index) {
      cells[index].centre = average(pool) + offsets[index];
    }
  }
}

const average = (pool) => pool.sum / pool.count;

function place(box, columns, padding) {
  const all = columns.flat();
  const least = Math.min(0, ...all.map((cell) => cell.centre - cell.breadth / 2));
  const first = all.length > 0 ? Math.min(...all.map((cell) => cell.centre - cell.breadth / 2)) : least;
  let along = padding.start;
  let breadth = 0;
  columns.forEach((cells, index) => {
    const length = Math.max(0, ...cells.map((cell) => cell.box?.length ?? 0));
    along += index > 0 ? kColumnGap : 0;
    for (const cell of cells) {
      cell.owner = box;
      cell.along = along;
      cell.length = length;
      cell.across = cell.centre - first + padding.before;
      breadth = Math.max(breadth, cell.across + cell.breadth / 2);
      if (cell.box) {
        cell.box.along = along;
        cell.box.across = cell.across - cell.breadth / 2;
      }
    }
    along += length;
  });
  box.length = Math.max(along + padding.end, box.leastLength ?? 0);
  box.breadth = breadth + padding.after;
}

function moveTo(box, along, across) {
  box.along = along;
  box.across = across;
  for (const child of box.children ?? []) {
    moveTo(child, along + child.along, across + child.across);
  }
}

function pointsOf({ from, to, ways }) {
  const points = [{ along: from.along + from.length, across: from.across + from.breadth / 2 }];
  const pass = (box) => {
    for (const way of ways.get(box) ?? []) {
      const across = box.across + way.across;
      points.push({ along: box.along + way.along, across }, { along: box.along + way.along + way.length, across });
    }
  };
  const outer = [];
  for (let box = to.parent; box !== null; box = box.parent) {
    outer.unshift(box);
  }
  let box = from.parent;
  for (; !outer.includes(box); box = box.parent) {
    pass(box);
  }
  outer.slice(outer.indexOf(box)).forEach(pass);
  points.push({ along: to.along, across: to.across + to.breadth / 2 });
  return points;
}
