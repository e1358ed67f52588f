// The card of the event stream.

const MOST_ROWS = 60;

/** Reads the server's clock, and shows what a browser does when its stream breaks. */
export class Stream {
  /**
   * @param {(id: string) => HTMLElement} $
   * @param {() => void} onCut asks the server to cut the stream
   */
  constructor($, onCut) {
    this.rows = $("events");
    this.state = $("stream-state");
    this.cut = $("cut");
    this.toggle = $("stream");
    this.source = undefined;
    this.session = undefined;
    this.cut.onclick = () => this.state.textContent === "open" && onCut();
    this.toggle.onclick = () =>
      this.source === undefined ? this.start(this.session) : this.stop();
  }

  start(session) {
    this.session = session;
    const source = new EventSource(`/ticks?session=${session}`);
    this.source = source;
    this.show("connecting");
    source.addEventListener("request", ({ data }) => this.asked(JSON.parse(data)));
    source.addEventListener("tick", (event) => this.tick(event));
    source.onerror = () => this.lost();
  }

  stop() {
    if (this.source === undefined) return;
    this.source.close();
    this.source = undefined;
    this.row("lost", "Stopped.");
    this.show("stopped");
  }

  /** The server tells what the browser asked for. */
  asked({ lastEventId, retry, at }) {
    [this.retry, this.askedAt] = [retry, at];
    this.row("request", `GET /ticks${lastEventId === "" ? "" : `, Last-Event-ID: ${lastEventId}`}`);
    this.show("open");
  }

  tick({ data, lastEventId }) {
    const { tick, at } = JSON.parse(data);
    // The channel keeps events for those who were away.
    const missed = at < this.askedAt;
    const late = `, missed and sent again, ${((Date.now() - at) / 1000).toFixed(1)} s late`;
    this.row(
      missed ? "tick missed" : "tick",
      `id ${lastEventId}: tick ${tick}${missed ? late : ""}`,
    );
  }

  lost() {
    // A browser that is refused does not ask again.
    if (this.source.readyState === EventSource.CLOSED) return this.stop();
    if (this.state.textContent === "open")
      this.row("lost", `The stream broke. The browser asks again in ${this.retry} s.`);
    this.show("reconnecting");
  }

  show(state) {
    this.state.textContent = state;
    // Not `disabled`: it keeps the focus until the stream is back.
    this.cut.disabled = false;
    this.cut.setAttribute("aria-disabled", `${state !== "open"}`);
    this.toggle.disabled = this.session === undefined;
    this.toggle.textContent = this.source === undefined ? "Start the stream" : "Stop the stream";
  }

  row(kind, text) {
    const row = document.createElement("li");
    row.className = kind;
    row.textContent = text;
    this.rows.prepend(row);
    while (this.rows.childElementCount > MOST_ROWS) this.rows.lastElementChild.remove();
  }
}
