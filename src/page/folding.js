// Which boxes the graph has: steps made of steps, whose ids are `a.b` and `a.c`, are one box until it is opened.

/// All that begins alike: names of boxes that can be opened, each with the numbers of the steps in it.
export function foldsOf(steps) {
  const folds = new Map();
  steps.forEach((step, index) => {
    for (const name of beginningsOf(step.id)) {
      folds.set(name, [...(folds.get(name) ?? []), index]);
    }
  });
  for (const [name, members] of folds) {
    if (members.length < 2) {
      folds.delete(name);
    }
  }
  return folds;
}

// Of `a.b.c`: `a`, `a.b` and itself.
function beginningsOf(id) {
  const parts = id.split(".");
  return parts.map((_, count) => parts.slice(0, count + 1).join("."));
}

/// The tree of boxes, and what each edge between two of them stands for. Leaves have `name`, `members`, which are
/// numbers of steps, and `folded`. Boxes with children have a `stage`, or the `name` of the opened box.
export function boxesOf(status, folds, open) {
  const root = { parent: null, children: [] };
  const boxes = new Map();
  const leaves = [];
  const leafOf = status.steps.map((step, index) => {
    const names = beginningsOf(step.id).filter((name) => folds.has(name));
    const closed = names.findIndex((name) => !open.has(name));
    const key = closed < 0 ? `step ${index}` : `fold ${names[closed]}`;
    if (!boxes.has(key)) {
      const members = closed < 0 ? [index] : folds.get(names[closed]);
      const opened = closed < 0 ? names : names.slice(0, closed);
      const parent = parentOf(root, boxes, status.steps, members, opened);
      const leaf = { parent, name: closed < 0 ? step.id : names[closed], members, folded: closed >= 0, key };
      parent.children.push(leaf);
      boxes.set(key, leaf);
      leaves.push(leaf);
    }
    return boxes.get(key);
  });
  return { root, leaves, edges: edgesOf(status, leafOf) };
}

// A folded box with steps of several stages is in none of them.
function parentOf(root, boxes, steps, members, opened) {
  const stages = new Set(members.map((member) => steps[member].stage));
  if (stages.size > 1) {
    return root;
  }
  const [stage] = stages;
  let box = child(boxes, `stage ${stage}`, root, { stage });
  for (const name of opened) {
    box = child(boxes, `stage ${stage} open ${name}`, box, { stage, name });
  }
  return box;
}

function child(boxes, key, parent, fields) {
  if (!boxes.has(key)) {
    const box = { parent, children: [], key, ...fields };
    parent.children.push(box);
    boxes.set(key, box);
  }
  return boxes.get(key);
}

const kKinds = ["call", "queue", "exchange"];

function edgesOf(status, leafOf) {
  const edges = new Map();
  status.edges.forEach((edge, index) => {
    const from = leafOf[edge.from];
    const to = leafOf[edge.to];
    if (from === to) {
      return;
    }
    const key = `${from.key}\n${to.key}`;
    const found = edges.get(key) ?? { from, to, key, kind: "call", members: [] };
    found.members.push(index);
    found.kind = kKinds[Math.max(kKinds.indexOf(found.kind), kKinds.indexOf(edge.kind))];
    edges.set(key, found);
  });
  return [...edges.values()];
}
