import { channel, EventSource } from "@sansocket/node-adapter";

/**
 * An event stream: a clock that every page reads.
 *
 * A page whose stream was cut asks again with `Last-Event-ID`, and the channel sends what it missed.
 */
export class Ticks {
  /**
   * @param {number} every milliseconds between two events
   * @param {number} retry seconds until a browser asks again: long enough to miss an event
   */
  constructor(every, retry) {
    this.retry = retry;
    this.channel = channel({ history: { size: 60 } });
    this.count = 0;
    this.timer = setInterval(() => {
      this.count++;
      const event = { tick: this.count, at: Date.now() };
      this.channel.sendJSON(event, { event: "tick", id: this.count });
    }, every);
    // The server keeps the process alive, not the clock.
    this.timer.unref();
  }

  /** Answers a request for the stream. Returns what can be cut. */
  open(request, response) {
    const { retry } = this;
    const source = new EventSource(request, response, { retry });
    const { lastEventId } = source;
    // It has no id, so the browser's last id stays that of a tick.
    source.sendJSON({ lastEventId, retry, at: Date.now() }, { event: "request" });
    this.channel.add(source);
    return source;
  }

  stop() {
    clearInterval(this.timer);
  }
}
