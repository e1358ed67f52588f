import { ReconnectingClient, TOPICS_PROTOCOL } from "@sansocket/node-adapter";

/**
 * One who chats, and keeps a log of all that it hears. What it says it says again after a loss, until it hears it; by the numbers that each gives to what it
 * says, what has been said twice is heard once.
 */
export class Chatter {
  /** Messages in the order of their arrival, as `name number`. */
  log = [];
  /** How many came that it had heard, and how many before one that it had not. */
  again = 0;
  gaps = 0;
  /** How often it said something anew after a loss, came back to a connection, and was told to start anew. */
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
    // Who has heard this is subscribed: the chat can begin.
    if (from === "host") this.hasBegun = true;
    else this.log.push(`${from} ${number}`);
  }
}
