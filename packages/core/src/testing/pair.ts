import type { Actions, Timer } from "../actions.ts";
import { createClientConnection } from "../connection/client.ts";
import type { ClientConnection, ServerConnection } from "../connection/contract.ts";
import { createServerConnection } from "../connection/server.ts";
import type { ClientRequest } from "../opening.ts";
import type { ConnectionOptions } from "../options.ts";
import { createTestPlatform } from "./platform.ts";
import { joinBytes, Recorder } from "./recorder.ts";

/** A parcel on the wire: bytes, or the sender's end. */
type Parcel = Uint8Array | "end";

/** One end of a {@link Pair}: its actions are recorded, its bytes laid on the wire, its timers kept by name. */
export class PairEnd extends Recorder {
  /** Laid by us, not yet taken by the other end. */
  readonly wire: Parcel[] = [];
  /** When each running timer is due, on the pair's clock. */
  readonly timers: Map<Timer, number> = new Map();
  paused = false;
  destroyed = false;
  private readonly now: () => number;

  constructor(now: () => number) {
    super();
    this.now = now;
  }

  override write(bytes: Uint8Array): void {
    super.write(bytes);
    this.wire.push(bytes.slice());
  }

  override writeMany(pieces: readonly Uint8Array[]): void {
    super.writeMany(pieces);
    this.wire.push(joinBytes(pieces));
  }

  override endTransport(): void {
    super.endTransport();
    this.wire.push("end");
  }

  override destroyTransport(): void {
    super.destroyTransport();
    this.destroyed = true;
  }

  override pauseTransport(): void {
    super.pauseTransport();
    this.paused = true;
  }

  override resumeTransport(): void {
    super.resumeTransport();
    this.paused = false;
  }

  override setTimer(timer: Timer, milliseconds: number): void {
    super.setTimer(timer, milliseconds);
    this.timers.set(timer, this.now() + milliseconds);
  }

  override clearTimer(timer: Timer): void {
    super.clearTimer(timer);
    this.timers.delete(timer);
  }
}

/** The options of a {@link Pair}. */
export interface PairOptions {
  readonly request?: Partial<ClientRequest>;
  readonly client?: Partial<ConnectionOptions>;
  readonly server?: Partial<ConnectionOptions>;
  /** Whether to accept the opening request at once. @defaultValue true */
  readonly accept?: boolean;
}

/**
 * Joins a client and a server by a wire in memory, with a clock that the test advances. Nothing moves by
 * itself: {@link step} carries bytes, as many as the test gives, and {@link wind} lets time pass.
 */
export class Pair {
  readonly client: ClientConnection;
  readonly server: ServerConnection;
  readonly clientEnd: PairEnd;
  readonly serverEnd: PairEnd;
  private time = 0;

  constructor({ request, client, server, accept = true }: PairOptions = {}) {
    const now = (): number => this.time;
    this.clientEnd = new PairEnd(now);
    this.serverEnd = new PairEnd(now);
    this.client = createClientConnection(
      this.clientEnd,
      createTestPlatform(),
      { host: "localhost", target: "/", ...request },
      client,
    );
    this.server = createServerConnection(
      accept ? this.accepting() : this.serverEnd,
      createTestPlatform(),
      server,
    );
    this.server.expectRequest();
    this.client.open();
  }

  /** Carries the next parcel towards `to`, or its first `most` bytes. Returns whether anything moved. */
  step(to: "client" | "server", most = Infinity): boolean {
    const [from, target, connection] =
      to === "client"
        ? ([this.serverEnd, this.clientEnd, this.client] as const)
        : ([this.clientEnd, this.serverEnd, this.server] as const);
    if (target.destroyed || target.paused) return false;
    const parcel = from.wire.shift();
    if (parcel === undefined) {
      if (!from.destroyed || connection.state === "closed") return false;
      connection.receiveError();
      return true;
    }
    if (parcel === "end") connection.receiveEnd();
    else if (parcel.length <= most) connection.receive(parcel.slice());
    else {
      from.wire.unshift(parcel.subarray(most));
      connection.receive(parcel.slice(0, most));
    }
    return true;
  }

  /** Carries everything both ways until nothing moves. */
  settle(): this {
    while (this.step("server") || this.step("client"));
    return this;
  }

  /** Lets `milliseconds` pass; timers fire in the order they are due. */
  wind(milliseconds: number): void {
    const until = this.time + milliseconds;
    for (let next = this.nextTimer(until); next !== undefined; next = this.nextTimer(until)) {
      this.time = next.at;
      next.end.timers.delete(next.timer);
      (next.end === this.clientEnd ? this.client : this.server).fireTimer(next.timer);
    }
    this.time = until;
  }

  private nextTimer(until: number): { end: PairEnd; timer: Timer; at: number } | undefined {
    const due = [this.clientEnd, this.serverEnd].flatMap((end) =>
      [...end.timers].map(([timer, at]) => ({ end, timer, at })),
    );
    return due.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
  }

  /** The server's actions, with every request accepted. */
  private accepting(): Actions {
    const end = this.serverEnd;
    const onRequest = end.onRequest.bind(end);
    end.onRequest = (request) => {
      onRequest(request);
      this.server.accept();
    };
    return end;
  }
}
