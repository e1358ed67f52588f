import { layOut } from "./layout.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDE = 720; // from this width on, life goes from left to right
const LARGEST = 1.2; // how far the picture may grow
const DWELL = 260; // how long a state is shown at least, in milliseconds: states pass faster than eyes

/** The lifecycle as a picture, with the state that a connection is in. */
export class Diagram {
  /**
   * @param {HTMLElement} place
   * @param {(path: string, at: number) => void} onShow called as each state is shown
   */
  constructor(place, onShow) {
    this.place = place;
    this.onShow = onShow;
    this.chart = undefined;
    this.waiting = [];
    this.visited = [];
    this.playing = undefined;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    new ResizeObserver(() => this.draw()).observe(place);
  }

  /** Takes the chart, as `describeLifecycle` gives it. */
  setChart(chart) {
    this.chart = chart;
    this.draw();
  }

  /** Starts over, with a new connection. */
  reset() {
    clearTimeout(this.playing);
    this.playing = undefined;
    this.waiting = [];
    this.visited = [];
    this.mark();
  }

  /** Shows `path`, after the states before it have had their moment. */
  enter(path, at) {
    this.waiting.push([path, at]);
    if (this.playing === undefined) this.play();
  }

  play() {
    const next = this.waiting.shift();
    if (next === undefined) {
      this.playing = undefined;
      return;
    }
    this.visited.push(next[0]);
    this.mark();
    this.onShow(...next);
    this.playing = setTimeout(() => this.play(), this.calm.matches ? 0 : DWELL);
  }

  draw() {
    const width = this.place.clientWidth;
    const horizontal = width >= WIDE;
    if (this.chart === undefined || width === 0) return;
    if (this.horizontal === horizontal && this.drawnChart === this.chart) return;
    Object.assign(this, { horizontal, drawnChart: this.chart });
    const plan = layOut(this.chart, horizontal);
    const svg = element("svg", {
      viewBox: `0 0 ${plan.width} ${plan.height}`,
      style: `max-width:${plan.width * LARGEST}px`,
      role: "img",
      "aria-label": "The lifecycle of the connection",
    });
    svg.append(arrowHead());
    for (const box of plan.boxes.filter(({ isLeaf }) => !isLeaf)) svg.append(group(box));
    for (const edge of plan.edges)
      svg.append(
        element("path", {
          d: edge.d,
          class: "edge",
          "data-from": edge.from.path,
          "data-to": edge.to.path,
          "marker-end": "url(#tip)",
        }),
      );
    for (const box of plan.boxes.filter(({ isLeaf }) => isLeaf)) svg.append(leaf(box));
    this.place.replaceChildren(svg);
    this.mark();
  }

  /** Marks the current state, those before it, and the arrows between. */
  mark() {
    const current = this.visited.at(-1);
    const within = (outer, path) => path === outer || (path ?? "").startsWith(`${outer}.`);
    for (const box of this.place.querySelectorAll("[data-path]")) {
      const { path } = box.dataset;
      box.classList.toggle("current", within(path, current));
      box.classList.toggle("visited", this.visited.includes(path));
    }
    for (const edge of this.place.querySelectorAll(".edge")) {
      edge.classList.toggle(
        "taken",
        this.visited.some(
          (path, at) => edge.dataset.to === path && within(edge.dataset.from, this.visited[at - 1]),
        ),
      );
    }
  }
}

function element(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "style") made.style.cssText = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

const arrowHead = () =>
  element(
    "defs",
    {},
    element(
      "marker",
      {
        id: "tip",
        viewBox: "0 0 8 8",
        refX: 7,
        refY: 4,
        markerWidth: 9,
        markerHeight: 9,
        markerUnits: "userSpaceOnUse",
        orient: "auto",
      },
      element("path", { d: "M1,1 L7,4 L1,7", class: "tip" }),
    ),
  );

function group({ path, name, x, y, width, height }) {
  return element(
    "g",
    { class: "group", "data-path": path },
    element("rect", { x, y, width, height, rx: 12 }),
    element("text", { x: x + 13, y: y + 21 }, name),
  );
}

function leaf({ path, name, x, y, width, height }) {
  return element(
    "g",
    { class: "leaf", "data-path": path },
    element("rect", { x, y, width, height, rx: height / 2 }),
    element("text", { x: x + width / 2, y: y + height / 2 + 4, "text-anchor": "middle" }, name),
  );
}
