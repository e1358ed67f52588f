/** Two machines, a wire and their timers, as a state that can be walked: what may happen next, and what has gone wrong. */
import type { Timer } from "../src/actions.ts";
import type { ClientConnection, ServerConnection } from "../src/connection/contract.ts";
import { Pair, type PairEnd } from "../src/testing/pair.ts";
import { UsageError } from "../src/violation.ts";
import { fingerprint } from "./fingerprint.ts";

export type Side = "client" | "server";

/** Something that may happen: `deliver`, `cut` and `end` are the wire's, `fire` the clock's, `lose` the network's, the rest the application's. */
export type Move =
  | readonly [
      "deliver" | "cut" | "text" | "ping" | "close" | "pause" | "resume" | "terminate",
      Side,
    ]
  | readonly ["fire", Side, Timer]
  | readonly ["lose"]
  | readonly ["gone", Side];

/** How often each may happen in one run. */
export interface Budget {
  readonly cut: number;
  readonly text: number;
  readonly ping: number;
  readonly close: number;
  readonly pause: number;
  readonly terminate: number;
  readonly lose: number;
}

/** Where runs begin, and what may happen in them. */
export interface Scenario {
  readonly name: string;
  /** Whether runs begin behind the opening handshake. */
  readonly opened: boolean;
  /** Whether both sides ping, and mind that the answer comes in time. */
  readonly keepalive: boolean;
  readonly budget: Budget;
  /** For tests of the exploration itself: a wire that loses, or doubles, each message. */
  readonly fault?: "loses" | "doubles";
}

/** Everything once, for each side. */
export const ONCE: Budget = { cut: 1, text: 1, ping: 1, close: 1, pause: 1, terminate: 1, lose: 1 };

/** Commands that a budget limits, by side. */
const COMMANDS = ["text", "ping", "close", "pause", "terminate"] as const;

/** How an unmasked frame with a whole text message begins. */
const TEXT_FRAME = 0x81;

const CODES: Readonly<Record<Side, number>> = { client: 4001, server: 4002 };
const OTHER: Readonly<Record<Side, Side>> = { client: "server", server: "client" };
const SIDES = ["client", "server"] as const;

/** One run. It is made anew and walked again to come back to a state: machines cannot be copied. */
export class World {
  private readonly pair: Pair;
  private readonly budget: Budget;
  private readonly fault: Scenario["fault"];
  private readonly used = new Map<string, number>();
  private readonly lost = new Set<Side>(); // who has not heard yet that the link is lost
  private isLost = false;
  private readonly log: Record<
    Side,
    { received: string[]; sent: string[]; closes: number; code: number; clean: boolean }
  >;

  constructor({ budget, keepalive, opened, fault }: Scenario) {
    const options = keepalive ? { pingInterval: 1000, pongTimeout: 500 } : {};
    this.budget = budget;
    this.fault = fault;
    this.pair = new Pair({ client: options, server: options });
    this.log = { client: blank(), server: blank() };
    for (const side of SIDES) this.listen(side);
    if (opened) this.pair.settle();
  }

  /** The moves that are possible now. */
  moves(): Move[] {
    const moves: Move[] = [];
    for (const side of SIDES) {
      const end = this.end(side);
      if (this.lost.has(side)) moves.push(["gone", side]);
      moves.push(...this.arrivals(side));
      for (const timer of end.timers.keys()) moves.push(["fire", side, timer]);
      if (this.connection(side).state === "closed") continue;
      for (const command of COMMANDS)
        if (this.left(command, side) && this.makesSense(command, side)) moves.push([command, side]);
      if (end.paused && this.used.has(`pause ${side}`) && !this.used.has(`resume ${side}`))
        moves.push(["resume", side]);
    }
    if (!this.isLost && this.left("lose", "client")) moves.push(["lose"]);
    return moves;
  }

  private arrivals(side: Side): Move[] {
    if (!this.canDeliver(side)) return [];
    const parcel = this.end(OTHER[side]).wire[0];
    const isLong = parcel instanceof Uint8Array && parcel.length > 1;
    return isLong && this.left("cut", side)
      ? [
          ["deliver", side],
          ["cut", side],
        ]
      : [["deliver", side]];
  }

  /** Has it happen. */
  move(move: Move): void {
    const [name, side = "client", timer] = move;
    this.used.set(`${name} ${side}`, (this.used.get(`${name} ${side}`) ?? 0) + 1);
    const connection = this.connection(side);
    switch (name) {
      case "deliver":
        return this.deliver(side);
      case "cut":
        return void this.pair.step(side, 1);
      case "fire": {
        this.end(side).timers.delete(timer!);
        return connection.fireTimer(timer!);
      }
      case "lose":
        return this.lose();
      case "gone": {
        this.lost.delete(side);
        return connection.receiveError();
      }
      case "text":
        return this.sendText(side);
      case "close":
        return connection.close(CODES[side]);
      case "ping":
      case "pause":
      case "resume":
      case "terminate":
        return connection[name]();
    }
  }

  /** A text that tells this state from every other. */
  fingerprint(): string {
    const ends = SIDES.map((side) => {
      const { wire, timers, paused, destroyed } = this.end(side);
      return { wire, timers: [...timers.keys()].sort(), paused, destroyed };
    });
    return fingerprint([
      this.pair.client,
      this.pair.server,
      ends,
      [...this.used].filter(([name]) => !/^(deliver|fire|gone)/.test(name)).sort(),
      [...this.lost],
      this.isLost,
      this.log,
    ]);
  }

  /** Lets everything that still can happen by itself happen, and then says what is wrong. */
  finish(): string[] {
    for (let round = 0; round < 50; round++) {
      for (const side of SIDES)
        if (this.connection(side).state !== "closed") this.connection(side).resume();
      while (SIDES.some((side) => this.settleSide(side)));
      if (SIDES.every((side) => this.connection(side).state === "closed")) break;
      for (const side of SIDES)
        for (const timer of [...this.end(side).timers.keys()].filter((name) => name !== "ping"))
          this.move(["fire", side, timer]);
      if (round > 1)
        for (const side of SIDES)
          if (this.connection(side).state !== "closed") this.connection(side).close(CODES[side]);
    }
    return this.complaints();
  }

  private settleSide(side: Side): boolean {
    if (this.lost.has(side)) this.move(["gone", side]);
    else if (!this.canDeliver(side)) return false;
    else this.deliver(side);
    return true;
  }

  private deliver(side: Side): void {
    const { wire } = this.end(OTHER[side]);
    const [parcel] = wire;
    if (parcel instanceof Uint8Array && parcel[0] === TEXT_FRAME && this.fault !== undefined) {
      if (this.fault === "doubles") wire.unshift(parcel);
      else return void wire.shift();
      this.pair.step(side);
    }
    this.pair.step(side);
  }

  private complaints(): string[] {
    const found: string[] = [];
    for (const side of SIDES) {
      const { closes, received } = this.log[side];
      const sent = this.log[OTHER[side]].sent;
      if (this.connection(side).state !== "closed")
        found.push(`${side} is left in ${this.connection(side).path}`);
      if (closes !== 1) found.push(`${side}: onClose ${closes} times`);
      if (this.end(side).timers.size > 0)
        found.push(`${side}: timers left: ${[...this.end(side).timers.keys()].join()}`);
      if (received.some((text, index) => text !== sent[index]))
        found.push(`${side} received ${received.join()} of ${sent.join()}`);
    }
    const { client, server } = this.log;
    if (!client.clean || !server.clean) return found;
    if (client.code !== server.code && !this.crossed())
      found.push(`clean, but ${client.code} at the client and ${server.code} at the server`);
    for (const side of SIDES) {
      const lost = this.log[OTHER[side]].sent.length - this.log[side].received.length;
      if (lost > 0) found.push(`clean, and ${lost} of the messages to ${side} never came`);
    }
    return found;
  }

  /** Whether both sides have sent a close frame before they saw the other's: each then reports the other's code. */
  private crossed(): boolean {
    return this.log.client.code === CODES.server && this.log.server.code === CODES.client;
  }

  private sendText(side: Side): void {
    const text = `${side} ${this.log[side].sent.length}`;
    try {
      this.connection(side).sendText(text);
      this.log[side].sent.push(text);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
  }

  private lose(): void {
    this.isLost = true;
    for (const side of SIDES) {
      this.end(side).wire.length = 0;
      this.lost.add(side);
    }
  }

  private makesSense(command: (typeof COMMANDS)[number], side: Side): boolean {
    const { sendable, state } = this.connection(side);
    if (command === "text" || command === "ping" || command === "pause") return sendable;
    return command === "terminate" || state === "open" || state === "connecting";
  }

  private canDeliver(side: Side): boolean {
    const from = this.end(OTHER[side]);
    const to = this.end(side);
    if (this.isLost || to.destroyed || to.paused) return false;
    return from.wire.length > 0 || (from.destroyed && this.connection(side).state !== "closed");
  }

  private left(name: keyof Budget, side: Side): boolean {
    return (this.used.get(`${name} ${side}`) ?? 0) < this.budget[name];
  }

  private connection(side: Side): ClientConnection | ServerConnection {
    return side === "client" ? this.pair.client : this.pair.server;
  }

  private end(side: Side): PairEnd {
    return side === "client" ? this.pair.clientEnd : this.pair.serverEnd;
  }

  private listen(side: Side): void {
    const end = this.end(side);
    const log = this.log[side];
    const decoder = new TextDecoder();
    end.onText = (bytes, start, stop) =>
      void log.received.push(decoder.decode(bytes.subarray(start, stop)));
    end.onClose = (code, _reason, clean) => {
      log.closes++;
      log.code = code;
      log.clean = clean;
    };
  }
}

const blank = (): World["log"][Side] => ({
  received: [],
  sent: [],
  closes: 0,
  code: 0,
  clean: false,
});
