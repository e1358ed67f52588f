// Places a statechart: nested boxes in ranks along one axis, and the arrows between them. No DOM here.
//
// "Along" is the direction in which a life goes on, "across" the other. Which of them is x is decided last.

const LEAF = 30; // height of a state
const GAP = { along: 24, across: 14 };
const LANE = 9; // between arrows that go around states
const PAD = 13;
const LABEL = 22; // room for a group's name, at its top

/**
 * @param {{ readonly states: readonly { path: string }[], readonly transitions: readonly { from: string, to: string }[] }} chart paths such as `alive.open`; leaves only
 * @param {boolean} horizontal whether life goes from left to right, or downwards
 */
export function layOut({ states, transitions }, horizontal) {
  const root = tree(states);
  const edges = drawn(root, transitions);
  measure(root, edges, horizontal);
  place(root, 0, 0);
  const boxes = all(root).slice(1);
  const lanes = [];
  // Short ways around first: they get the inner lanes.
  const span = ({ from, to }) => to.along - from.along;
  edges.sort((one, other) => span(one) - span(other));
  const paths = edges.map((edge) => ({
    ...edge,
    d: route(
      edge,
      boxes.filter(({ children }) => children.length === 0),
      lanes,
      horizontal,
    ),
  }));
  const size = horizontal
    ? { width: root.alongSize, height: root.acrossSize }
    : { width: root.acrossSize, height: root.alongSize };
  return { ...size, boxes: boxes.map((box) => turned(box, horizontal)), edges: paths };
}

/** Paths → nested boxes, in the order given. */
function tree(states) {
  const root = { path: "", name: "", children: [] };
  for (const { path } of states) {
    let box = root;
    const names = path.split(".");
    names.forEach((name, depth) => {
      let child = box.children.find((one) => one.name === name);
      if (child === undefined)
        box.children.push(
          (child = { path: names.slice(0, depth + 1).join("."), name, children: [] }),
        );
      box = child;
    });
  }
  return root;
}

const all = (box) => [box, ...box.children.flatMap(all)];
const holds = (outer, path) => path === outer || path.startsWith(`${outer}.`);

/** The arrows to draw: one for each pair of boxes; one from a group speaks for every state in it. */
function drawn(root, transitions) {
  const leaves = all(root).filter(({ children, path }) => children.length === 0 && path !== "");
  const edges = new Map();
  const goes = (from, to) =>
    transitions.some((one) => one.from === from.path && one.to === to.path);
  for (const group of all(root).filter(({ children }) => children.length > 0)) {
    const within = leaves.filter(({ path }) => group.path !== "" && holds(group.path, path));
    for (const to of leaves) {
      const spokenFor = edges.has(`${group.path.split(".")[0]}>${to.path}`);
      if (
        within.length > 0 &&
        !spokenFor &&
        !within.includes(to) &&
        within.every((from) => goes(from, to))
      )
        edges.set(`${group.path}>${to.path}`, { from: group, to });
    }
  }
  for (const from of leaves) {
    for (const to of leaves) {
      const spokenFor = [...edges.values()].some(
        (edge) => edge.to === to && holds(edge.from.path, from.path),
      );
      if (from !== to && goes(from, to) && !spokenFor)
        edges.set(`${from.path}>${to.path}`, { from, to });
    }
  }
  return [...edges.values()];
}

/** Ranks the children of every box by the longest way to them, and finds how large each box must be. */
function measure(box, edges, horizontal) {
  for (const child of box.children) measure(child, edges, horizontal);
  if (box.children.length === 0) {
    const width = Math.round(box.name.length * 6.9 + 22);
    box.alongSize = horizontal ? width : LEAF;
    box.acrossSize = horizontal ? LEAF : width;
    box.spine = box.acrossSize / 2;
    return;
  }
  const over = (path) => box.children.find((child) => holds(child.path, path));
  const pairs = edges
    .map(({ from, to }) => [over(from.path), over(to.path)])
    .filter(([from, to]) => from && to && from !== to);
  const rank = new Map(box.children.map((child) => [child, 0]));
  for (let round = 0; round < box.children.length; round++) {
    for (const [from, to] of pairs)
      if (rank.get(to) <= rank.get(from)) rank.set(to, rank.get(from) + 1);
  }
  const last = Math.max(...rank.values());
  box.rows = Array.from({ length: last + 1 }, (_, at) =>
    box.children.filter((child) => rank.get(child) === at),
  );
  // Where arrows that go around states come in there must be nothing beside: such a state is the row's last.
  const fromAfar = (child) =>
    edges.filter(({ from, to }) => to === child && !holds(box.path, from.path)).length;
  for (const row of box.rows) row.sort((one, other) => fromAfar(one) - fromAfar(other));
  const outermost = box.path === "";
  const lanes = box.children.every(({ children }) => children.length === 0) ? LANE * 2 : 0;
  box.pad = outermost
    ? { alongStart: 1, alongEnd: 1, acrossStart: 1, acrossEnd: 1 }
    : horizontal
      ? { alongStart: PAD, alongEnd: PAD, acrossStart: PAD + LABEL, acrossEnd: PAD + lanes }
      : { alongStart: PAD + LABEL, alongEnd: PAD, acrossStart: PAD, acrossEnd: PAD + lanes };
  const rows = box.rows.map(extent);
  box.alongSize =
    box.pad.alongStart + box.pad.alongEnd + sum(rows.map(({ depth }) => depth)) + GAP.along * last;
  box.spine = box.pad.acrossStart + Math.max(...rows.map(({ spine }) => spine));
  box.acrossSize =
    box.spine + Math.max(...rows.map(({ width, spine }) => width - spine)) + box.pad.acrossEnd;
}

/** How deep and wide a row is, and where in its width the line is that all rows are hung on. */
function extent(row) {
  const width = sum(row.map((one) => one.acrossSize)) + GAP.across * (row.length - 1);
  return {
    width,
    depth: Math.max(...row.map((one) => one.alongSize)),
    spine: row.length === 1 ? row[0].spine : width / 2,
  };
}

const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);

/** Gives a box its place; its rows hang on one line, and a group alone in its row takes all the room. */
function place(box, along, across) {
  Object.assign(box, { along, across });
  if (box.children.length === 0) return;
  let next = along + box.pad.alongStart;
  for (const row of box.rows) {
    if (box.path !== "" && row.length === 1 && row[0].children.length > 0) {
      row[0].spine = box.spine - box.pad.acrossStart;
      row[0].acrossSize = box.acrossSize - box.pad.acrossStart - box.pad.acrossEnd;
    }
    const { depth, spine } = extent(row);
    let at = across + box.spine - spine;
    for (const child of row) {
      place(child, next + (depth - child.alongSize) / 2, at);
      at += child.acrossSize + GAP.across;
    }
    next += depth + GAP.along;
  }
}

/** An arrow's path: a curve to the next rank, or around the states between. */
function route({ from, to }, leaves, lanes, horizontal) {
  const point = (along, across) =>
    horizontal ? `${round(along)},${round(across)}` : `${round(across)},${round(along)}`;
  const start = from.along + from.alongSize;
  const end = to.along;
  const middle = (box) => box.across + box.spine;
  const between = leaves.filter((one) => one.along >= start && one.along + one.alongSize <= end);
  if (between.length === 0) {
    const reach = (end - start) / 2;
    return `M${point(start, middle(from))} C${point(start + reach, middle(from))} ${point(end - reach, middle(to))} ${point(end, middle(to))}`;
  }
  const low = from.along + from.alongSize / 2;
  const high = to.along + to.alongSize / 2;
  const beside = [from, ...between, to].map((one) => one.across + one.acrossSize);
  const lane = laneFor(lanes, { to, low, high, across: Math.max(...beside) + LANE });
  const corner = 7;
  const out = from.across + from.acrossSize;
  const into = to.across + to.acrossSize;
  return (
    `M${point(low, out)} L${point(low, lane - corner)} Q${point(low, lane)} ${point(low + corner, lane)} ` +
    `L${point(high - corner, lane)} Q${point(high, lane)} ${point(high, lane - corner)} L${point(high, into)}`
  );
}

/** Arrows to the same state share a lane; others that would lie on it move out. */
function laneFor(lanes, wanted) {
  const shared = lanes.find((lane) => lane.to === wanted.to && lane.across >= wanted.across);
  if (shared !== undefined) {
    shared.low = Math.min(shared.low, wanted.low);
    return shared.across;
  }
  while (
    lanes.some(
      (lane) =>
        Math.abs(lane.across - wanted.across) < LANE &&
        lane.low < wanted.high &&
        wanted.low < lane.high,
    )
  )
    wanted.across += LANE;
  lanes.push(wanted);
  return wanted.across;
}

const round = (number) => Math.round(number * 10) / 10;

const turned = ({ path, name, children, along, across, alongSize, acrossSize }, horizontal) => ({
  path,
  name,
  isLeaf: children.length === 0,
  ...(horizontal
    ? { x: along, y: across, width: alongSize, height: acrossSize }
    : { x: across, y: along, width: acrossSize, height: alongSize }),
});
