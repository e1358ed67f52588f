import { randomUUID } from "node:crypto";
import { FrameWatch } from "./frames.mjs";

/** The time between two messages with events to a page, in milliseconds: a screen's frame. */
const TELL_EVERY = 16;

/** The most events in one message: a page that is flooded sees the latest. */
const MOST_TOLD = 500;

/**
 * One page: its observer channel, and the connection in the room that is observed.
 *
 * The two are separate WebSockets, since the observed one may be closed and the page wants to see that.
 */
export class Session {
  /**
   * @param channel the observer channel, a WebSocket
   * @param viewer records the page's connections, and shows them
   */
  constructor(channel, viewer) {
    this.id = randomUUID();
    this.channel = channel;
    this.viewer = viewer;
    this.events = [];
    this.timer = undefined;
    this.socket = undefined;
    this.stream = undefined; // the page's event stream
    this.connections = 0;
  }

  /** Begins a new observed connection. Returns what the library takes as `observer`. */
  observe(requestLine) {
    this.connections++;
    const began = performance.now();
    const report = (event) =>
      this.tell({ ...event, at: Math.round((performance.now() - began) * 10) / 10 });
    const frames = { in: new FrameWatch("in", report), out: new FrameWatch("out", report) };
    report({ type: "connection", number: this.connections });
    report({ type: "head", direction: "in", line: requestLine });
    return {
      onState: (path) => report({ type: "state", path }),
      onBytes: (direction, bytes) => frames[direction].push(bytes),
    };
  }

  /** Tells the page, soon, in one message with whatever else happens until then. */
  tell(event) {
    this.events.push(event);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const events = this.events.splice(0).slice(-MOST_TOLD);
      if (this.channel.readyState === 1) this.channel.send(JSON.stringify(events));
    }, TELL_EVERY);
  }

  /** Does what a button of the page asks of the server's side: `{ name, code?, reason? }` as JSON. */
  receive(message) {
    try {
      this.command(JSON.parse(message));
    } catch (error) {
      this.tell({ type: "refused", message: error.message });
    }
  }

  command({ name, code, reason }) {
    const { socket } = this;
    if (name === "cut") return this.stream?.terminate();
    if (socket?.readyState !== 1) return;
    if (name === "ping") socket.ping("are you there?");
    else if (name === "terminate") socket.terminate();
    else if (name === "close") socket.close(code, reason);
  }

  /** The page has gone. */
  end() {
    clearTimeout(this.timer);
    this.events = [];
  }
}
