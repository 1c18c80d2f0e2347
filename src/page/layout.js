// A layered layout of nested boxes: columns by longest path, rows by barycentre. Each box that has others in it is laid
// out by itself, to the right or down, and is one box in the layout around it. Lengths are along the flow, and breadths
// across it, so that the same code does both.
//
// Sources: Sugiyama, Tagawa and Toda, Methods for visual understanding of hierarchical system structures (1981); rows
// are moved apart by isotonic regression (pool adjacent violators).

const kColumnGap = { right: 70, down: 36 };
const kRowGap = 16;
const kWaySize = 10;  // of an edge that passes a column
const kWayGap = 6;
const kSweeps = 8;

/// `root` and the boxes in it: `{parent, children, down}`, or `{parent, width, height}` without children; `down` says
/// where the flow in it goes. `edges`: `{from, to}`, boxes without children. `padding`: `{left, right, top, bottom}` of
/// boxes with children. Gives each box `x`, `y`, `width` and `height`, and each edge its `points` and `down`.
export function layOut(root, edges, padding) {
  for (const edge of edges) {
    edge.ways = new Map();
    edge.meets = meetingOf(edge);
    edge.down = edge.meets.down;
  }
  arrange(root, edges, padding);
  moveTo(root, 0, 0);
  for (const edge of edges) {
    edge.points = pointsOf(edge);
  }
}

const lengthOf = (box, down) => (down ? box.height : box.width);
const breadthOf = (box, down) => (down ? box.width : box.height);

// The innermost box that has both ends of an edge in it.
function meetingOf({ from, to }) {
  const outer = new Set();
  for (let box = from.parent; box !== null; box = box.parent) {
    outer.add(box);
  }
  let box = to.parent;
  while (!outer.has(box)) {
    box = box.parent;
  }
  return box;
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
  place(box, columns, box.parent === null ? { left: 0, right: 0, top: 0, bottom: 0 } : padding);
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
    const cell = { box: child, breadth: breadthOf(child, box.down), before: [], after: [] };
    cells.set(child, cell);
    columns[column.get(child)].push(cell);
  }
  const chains = new Map();
  for (const { from, to, edge } of links.filter((link) => link.edge.down === box.down)) {
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
      apart(
          cells,
          cells.map((cell) => (cell[side].length > 0 ? mean(cell[side].map((other) => other.centre)) : cell.centre)));
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
  const { down } = box;
  const first = Math.min(...columns.flat().map((cell) => cell.centre - cell.breadth / 2));
  let along = down ? padding.top : padding.left;
  let breadth = 0;
  columns.forEach((cells, index) => {
    const length = Math.max(0, ...cells.map((cell) => (cell.box ? lengthOf(cell.box, down) : 0)));
    along += index > 0 ? kColumnGap[down ? "down" : "right"] : 0;
    for (const cell of cells) {
      const across = cell.centre - first + (down ? padding.left : padding.top);
      breadth = Math.max(breadth, across + cell.breadth / 2);
      Object.assign(cell, pointAt(along, across, down), { length });
      if (cell.box) {
        Object.assign(cell.box, pointAt(along, across - cell.breadth / 2, down));
      }
    }
    along += length;
  });
  box.width = (down ? breadth : along) + padding.right;
  box.height = (down ? along : breadth) + padding.bottom;
}

const pointAt = (along, across, down) => (down ? { x: across, y: along } : { x: along, y: across });

function moveTo(box, x, y) {
  box.x = x;
  box.y = y;
  for (const child of box.children ?? []) {
    moveTo(child, x + child.x, y + child.y);
  }
}

// From side to side, and on the ways through the boxes in which the flow goes as the edge does; of others it leaves at
// once.
function pointsOf({ from, to, ways, meets, down }) {
  const points =
      [down ? { x: from.x + from.width / 2, y: from.y + from.height }
            : { x: from.x + from.width, y: from.y + from.height / 2 }];
  const pass = (box) => {
    for (const way of ways.get(box) ?? []) {
      const [x, y] = [box.x + way.x, box.y + way.y];
      points.push({ x, y }, down ? { x, y: y + way.length } : { x: x + way.length, y });
    }
  };
  for (let box = from.parent; box !== meets; box = box.parent) {
    pass(box);
  }
  const inward = [];
  for (let box = to.parent; box !== meets; box = box.parent) {
    inward.unshift(box);
  }
  [meets, ...inward].forEach(pass);
  points.push(down ? { x: to.x + to.width / 2, y: to.y } : { x: to.x, y: to.y + to.height / 2 });
  return points;
}
