import { ReconnectingClient, TOPICS_PROTOCOL } from "@sansocket/node-adapter";

/**
 * A client that chats, and keeps a log of all messages it receives. After a loss it sends again every message of its own that has
 * not come back. Each sender numbers its messages, so the log has a message once that was sent twice.
 */
export class Chatter {
  /** Messages in the order of their arrival, as `name number`. */
  log = [];
  /** How many came that it had heard, and how many before one that it had not. */
  again = 0;
  gaps = 0;
  /** How many messages it sent again after a loss, how often it connected again, and how often it received `reset`. */
  repeated = 0;
  returns = 0;
  resets = 0;
  hasBegun = false;

  constructor(url, name, room) {
    this.name = name;
    this.room = room;
    this.number = 0;
    this.unheard = [];
    this.last = new Map();
    this.client = new ReconnectingClient(`${url}?name=${name}`, { protocols: [TOPICS_PROTOCOL] });
    this.client.subscribe(`room/${room}`);
    this.client.on("open", (isFirst) => this.#opened(isFirst));
    this.client.on("published", (_topic, data) => this.#hear(JSON.parse(data)));
    this.client.on("reset", () => this.resets++);
  }

  get isHere() {
    return this.client.readyState === 1;
  }

  say(text) {
    const said = JSON.stringify({ room: this.room, number: ++this.number, text });
    this.unheard.push(said);
    if (this.isHere) this.client.send(said);
  }

  leave() {
    this.client.close();
  }

  #opened(isFirst) {
    if (!isFirst) {
      this.returns++;
      this.repeated += this.unheard.length;
    }
    for (const said of this.unheard) this.client.send(said);
  }

  #hear({ from, number }) {
    const last = this.last.get(from) ?? 0;
    if (number <= last) return void this.again++;
    if (number > last + 1 && this.hasBegun) this.gaps++;
    this.last.set(from, number);
    if (from === this.name) this.unheard.splice(0, number - last);
    // A message of the host shows that this client is subscribed: the chat can begin.
    if (from === "host") this.hasBegun = true;
    else this.log.push(`${from} ${number}`);
  }
}
