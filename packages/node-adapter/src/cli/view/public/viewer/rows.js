/** The list of frames between two lifelines. Only the rows that are seen are in the page. */
import { clock } from "./model.js";

const HEIGHT = 26;
/** Rows above and below those that are seen, so that scrolling has something to show. */
const MARGIN = 8;

export class Rows {
  constructor(box, space, onChoose) {
    this.box = box;
    this.space = space;
    this.onChoose = onChoose;
    this.shown = new Map();
    /** Rows that are in the page and of no use now: to make one costs more than to fill it. */
    this.spare = [];
    this.indices = new Uint32Array(0);
    this.chosen = -1;
    // Kept, since to read them makes the browser lay out what has changed.
    this.top = 0;
    this.height = box.clientHeight;
    box.addEventListener(
      "scroll",
      () => {
        this.top = box.scrollTop;
        this.soon();
      },
      { passive: true },
    );
    box.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (row) this.choose(Number(row.dataset.at));
    });
    box.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => {
      this.height = box.clientHeight;
      this.soon();
    }).observe(box);
  }

  /**
   * Shows these frames of a conversation. The chosen frame of it stays chosen, also no frame at
   * all (the scrubber may stand before the first), and is then not reported as chosen again.
   */
  show(conversation, indices) {
    const before = this.indices[this.chosen];
    const isSame = conversation === this.conversation && this.indices.length > 0;
    this.conversation = conversation;
    this.indices = indices;
    this.space.style.height = `${indices.length * HEIGHT}px`;
    for (const at of [...this.shown.keys()]) this.free(at);
    this.chosen = -1;
    const again = before === undefined ? -1 : indices.indexOf(before);
    if (isSame && (again >= 0 || before === undefined)) this.place(again);
    else this.choose(again >= 0 ? again : indices.length > 0 ? 0 : -1);
  }

  /** Chooses the row at `at`, brings it into view and reports it. */
  choose(at) {
    this.place(at);
    this.onChoose(this.indices[at]);
  }

  place(at) {
    this.mark(this.chosen, false);
    this.chosen = at;
    if (at >= 0) {
      const top = at * HEIGHT;
      if (top < this.top) this.scrollTo(top);
      else if (top + HEIGHT > this.top + this.height) this.scrollTo(top + HEIGHT - this.height);
    }
    this.draw();
    this.mark(at, true);
    if (at >= 0) this.box.setAttribute("aria-activedescendant", `row-${at}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  scrollTo(top) {
    this.box.scrollTop = top;
    this.top = Math.max(0, Math.min(top, this.indices.length * HEIGHT - this.height));
  }

  mark(at, isChosen) {
    this.shown.get(at)?.setAttribute("aria-selected", `${isChosen}`);
  }

  soon() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = undefined;
      this.draw();
    });
  }

  draw() {
    const from = Math.max(0, Math.floor(this.top / HEIGHT) - MARGIN);
    const to = Math.min(this.indices.length, Math.ceil((this.top + this.height) / HEIGHT) + MARGIN);
    for (const at of [...this.shown.keys()]) {
      // The chosen row stays: it is the one that assistive technology is pointed at.
      if ((at < from || at >= to) && at !== this.chosen) this.free(at);
    }
    for (let at = from; at < to; at++) this.add(at);
    this.add(this.chosen);
    for (const row of this.spare.splice(0)) row.remove();
  }

  add(at) {
    if (at < 0 || at >= this.indices.length || this.shown.has(at)) return;
    let row = this.spare.pop();
    if (row === undefined) {
      row = emptyRow();
      this.space.append(row);
    }
    this.fill(row, at);
    this.shown.set(at, row);
  }

  free(at) {
    this.spare.push(this.shown.get(at));
    this.shown.delete(at);
  }

  fill(row, at) {
    const frame = this.conversation.frame(this.indices[at]);
    row.className = `row ${frame.side}`;
    row.id = `row-${at}`;
    row.dataset.at = at;
    row.style.transform = `translateY(${at * HEIGHT}px)`;
    row.setAttribute("aria-selected", `${at === this.chosen}`);
    row.setAttribute("aria-setsize", this.indices.length);
    row.setAttribute("aria-posinset", at + 1);
    const { when, from, words, mark } = row.parts;
    when.data = clock(frame.time - this.conversation.start);
    from.data = ` from the ${frame.side}: `;
    words.data = this.conversation.words(frame);
    const finding = frame.findings[0];
    mark.textContent = finding === undefined ? "" : ` ✗ ${finding.code}`;
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.height / HEIGHT) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const last = this.indices.length - 1;
    let to;
    if (event.key in steps) to = Math.min(last, Math.max(0, this.chosen + steps[event.key]));
    else if (event.key === "Home") to = 0;
    else if (event.key === "End") to = last;
    else if (event.key === "n" || event.key === "p") to = this.finding(event.key === "n" ? 1 : -1);
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.choose(to);
  }

  /** The next row with a finding, or the one at hand. */
  finding(step) {
    for (let at = this.chosen + step; at >= 0 && at < this.indices.length; at += step)
      if (this.conversation.byFrame.has(this.indices[at])) return at;
    return this.chosen;
  }
}

/** A row whose texts are still to come. */
function emptyRow() {
  const row = document.createElement("div");
  row.setAttribute("role", "option");
  const [when, from, words] = ["", "", ""].map((text) => document.createTextNode(text));
  const mark = span("mark");
  const label = span("label", words, mark);
  // For those who do not see which way the arrow points.
  row.append(span("when", when), span("hidden", from), span("way", span("arrow"), label));
  row.parts = { when, from, words, mark };
  return row;
}

function span(className, ...children) {
  const made = document.createElement("span");
  made.className = className;
  made.append(...children);
  return made;
}
