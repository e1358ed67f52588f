/** The list of frames between two lifelines. Only the rows that are seen are in the page. */
import { clock } from "./model.js";

const HEIGHT = 26;
/** Rows above and below those that are seen, so that scrolling has something to show. */
const MARGIN = 12;

export class Rows {
  constructor(box, space, onChoose) {
    this.box = box;
    this.space = space;
    this.onChoose = onChoose;
    this.shown = new Map();
    this.indices = [];
    this.chosen = -1;
    box.addEventListener("scroll", () => this.soon(), { passive: true });
    box.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (row) this.choose(Number(row.dataset.at));
    });
    box.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.soon()).observe(box);
  }

  /**
   * Shows these frames of a conversation. What was chosen of it stays chosen, also no frame at all
   * (the scrubber may stand before the first), and is then not reported as chosen again.
   */
  show(conversation, indices) {
    const before = this.indices[this.chosen];
    const isSame = conversation === this.conversation && this.indices.length > 0;
    this.conversation = conversation;
    this.indices = indices;
    this.space.style.height = `${indices.length * HEIGHT}px`;
    for (const row of this.shown.values()) row.remove();
    this.shown.clear();
    this.chosen = -1;
    const again = indices.indexOf(before);
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
      const { scrollTop, clientHeight } = this.box;
      if (top < scrollTop) this.box.scrollTop = top;
      else if (top + HEIGHT > scrollTop + clientHeight)
        this.box.scrollTop = top + HEIGHT - clientHeight;
    }
    this.draw();
    this.mark(at, true);
    if (at >= 0) this.box.setAttribute("aria-activedescendant", `row-${at}`);
    else this.box.removeAttribute("aria-activedescendant");
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
    const { scrollTop, clientHeight } = this.box;
    const from = Math.max(0, Math.floor(scrollTop / HEIGHT) - MARGIN);
    const to = Math.min(
      this.indices.length,
      Math.ceil((scrollTop + clientHeight) / HEIGHT) + MARGIN,
    );
    for (const [at, row] of this.shown) {
      // The chosen row stays: it is the one that assistive technology is pointed at.
      if ((at >= from && at < to) || at === this.chosen) continue;
      row.remove();
      this.shown.delete(at);
    }
    const more = document.createDocumentFragment();
    const add = (at) => {
      if (at < 0 || this.shown.has(at)) return;
      const row = this.row(at);
      this.shown.set(at, row);
      more.append(row);
    };
    for (let at = from; at < to; at++) add(at);
    add(this.chosen);
    this.space.append(more);
  }

  row(at) {
    const frame = this.conversation.frame(this.indices[at]);
    const row = document.createElement("div");
    row.className = `row ${frame.side}`;
    row.id = `row-${at}`;
    row.dataset.at = at;
    row.style.top = `${at * HEIGHT}px`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", `${at === this.chosen}`);
    row.setAttribute("aria-setsize", this.indices.length);
    row.setAttribute("aria-posinset", at + 1);
    const when = document.createElement("span");
    when.className = "when";
    when.textContent = clock(frame.time - this.conversation.start);
    const way = document.createElement("span");
    way.className = "way";
    const arrow = document.createElement("span");
    arrow.className = "arrow";
    const label = document.createElement("span");
    label.className = "label";
    label.textContent = this.conversation.words(frame);
    if (frame.findings.length > 0) {
      const mark = document.createElement("span");
      mark.className = "mark";
      mark.textContent = ` ✗ ${frame.findings[0].code}`;
      label.append(mark);
    }
    way.append(arrow, label);
    // For those who do not see which way the arrow points.
    const from = document.createElement("span");
    from.className = "hidden";
    from.textContent = ` from the ${frame.side}: `;
    row.append(when, from, way);
    return row;
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.box.clientHeight / HEIGHT) - 1);
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
