import { prepare } from "../../connection/send/prepared.ts";
import { checkNames } from "../../names.ts";
import { NOT_UTF8 } from "../../platform.ts";
import { Deduplicator } from "../../topics/deduplicator.ts";
import { decodeEnvelope, encodeEnvelope, type EnvelopeKind, hex } from "../../topics/envelope.ts";
import { checkPattern, checkTopic, isPattern } from "../../topics/name.ts";
import { Presence } from "../../topics/presence.ts";
import {
  decodePresence,
  encodePresence,
  type PresenceMessage,
} from "../../topics/presence-message.ts";
import { Subscriptions } from "../../topics/subscriptions.ts";
import { UsageError } from "../../violation.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { broadcast, type BroadcastOptions, prepareMessage } from "../server/broadcast.ts";
import { SESSION } from "../websocket/session.ts";
import type { WebSocket } from "../websocket/websocket.ts";
import type { Backplane } from "./backplane.ts";

/** How topics work. */
export interface TopicsOptions {
  /** What carries messages to other processes. @defaultValue none: topics of this process */
  readonly backplane?: Backplane | undefined;
  /**
   * How often this process says how many subscribers it has, in milliseconds, from 100 to 60000. {@link Topics.count} is right within one
   * interval of a change, and within four of a process that was killed.
   * @defaultValue 2000
   */
  readonly presenceInterval?: number | undefined;
  /** Called with true when the broker is lost, and with false when it is back. Local delivery goes on meanwhile. */
  readonly onDegraded?: ((isDegraded: boolean) => void) | undefined;
}

/** What has been dropped between processes. Each only grows. */
export interface TopicsCounters {
  /** Messages that did not go to other processes, since the broker was lost or refused them. */
  readonly unsent: number;
  /** Messages that came twice, or after a later one of their sender. */
  readonly duplicates: number;
}

const CONTROL = "$control";

/**
 * Sockets by topic. A publish is encoded once, as by `broadcast`, and with a backplane goes to the subscribers of other processes too. A
 * subscription ends with its socket. The order of one publisher holds in each topic; between processes a message arrives at most once.
 */
export class Topics {
  private readonly runtime: Runtime;
  private readonly backplane: Backplane | undefined;
  private readonly onDegraded: TopicsOptions["onDegraded"];
  private readonly table: Subscriptions<WebSocket>;
  private readonly deduplicator: Deduplicator;
  private readonly presence: Presence;
  private readonly interests = new Map<string, () => void>();
  private readonly endings: (() => void)[] = [];
  private readonly origin: string;
  private readonly interval: number;
  /** One for all sockets: they are its `this`. */
  private readonly leave: (this: WebSocket) => void;
  private sequence = 0;
  private unsent = 0;
  private timer: unknown = undefined;
  private isDegraded = false;
  private isClosed = false;

  constructor(runtime: Runtime, options: TopicsOptions = {}) {
    const { backplane, presenceInterval, onDegraded } = checkOptions(options);
    const bytes = new Uint8Array(8);
    runtime.platform.randomFill(bytes);
    this.runtime = runtime;
    this.backplane = backplane;
    this.onDegraded = onDegraded;
    this.interval = presenceInterval;
    this.origin = hex(bytes);
    this.deduplicator = new Deduplicator(this.origin);
    this.table = new Subscriptions({
      wanted: (pattern) => {
        this.want(pattern);
      },
      unwanted: (pattern) => {
        this.interests.get(pattern)?.();
        this.interests.delete(pattern);
        this.deduplicator.forgetTopic(pattern);
      },
    });
    this.presence = new Presence(this.interval, {
      say: (message) => {
        this.say(message);
      },
      gone: (origin) => {
        this.deduplicator.forgetOrigin(origin);
      },
    });
    const topics = this;
    this.leave = function () {
      topics.unsubscribeAll(this);
    };
    if (backplane !== undefined) this.join(backplane);
  }

  /**
   * Subscribes an open or opening socket to a topic, such as `room/42`, or to a pattern: `*` stands for one segment, a last `**` for one or
   * more. The subscription ends with the socket.
   * @returns false if it is subscribed already, or closed
   * @throws {UsageError} for a name with an empty segment, and one over 255 characters.
   */
  subscribe(socket: WebSocket, topic: string): boolean {
    const pattern = checkPattern(topic);
    checkSocket(socket);
    if (socket.readyState > 1 || this.isClosed) return false;
    if (!this.table.knows(socket)) socket.on("close", this.leave);
    if (!this.table.add(socket, pattern)) return false;
    this.report(pattern);
    return true;
  }

  /** Ends a subscription. @returns false if there was none */
  unsubscribe(socket: WebSocket, topic: string): boolean {
    if (!this.table.remove(socket, checkPattern(topic))) return false;
    if (!this.table.knows(socket)) socket.off("close", this.leave);
    this.report(topic);
    return true;
  }

  /** Ends every subscription of a socket. */
  unsubscribeAll(socket: WebSocket): void {
    socket.off("close", this.leave);
    for (const pattern of this.table.removeAll(socket)) this.report(pattern);
  }

  /** The topics and patterns that a socket is subscribed to, oldest first. */
  of(socket: WebSocket): string[] {
    return this.table.of(socket);
  }

  /**
   * Sends a message to all subscribers of a topic, each once: here as `broadcast` does, and in other processes.
   * @returns how many sockets of this process it was sent to
   * @throws {UsageError} for a topic with wildcards. @throws {TypeError} for `undefined` and Blobs.
   */
  publish(topic: string, data: unknown, options: BroadcastOptions = {}): number {
    const name = checkTopic(topic);
    const message = prepareMessage(data, options.compress ?? true);
    const receivers = this.table.receivers(name);
    const count = receivers.size === 0 ? 0 : broadcast(receivers, message, options);
    if (this.backplane !== undefined) {
      this.send(name, message.kind, message.payload(this.runtime.platform));
    }
    return count;
  }

  /** How many sockets of this process name exactly this topic or pattern. */
  size(topic: string): number {
    return this.table.count(topic);
  }

  /** How many sockets of all processes do, as far as this one has heard. */
  count(topic: string): number {
    return this.backplane === undefined || isPattern(topic)
      ? this.size(topic)
      : this.presence.count(topic);
  }

  /** Whether the broker is lost, so that messages stay in this process. */
  get degraded(): boolean {
    return this.isDegraded;
  }

  get counters(): TopicsCounters {
    return { unsent: this.unsent, duplicates: this.deduplicator.duplicates };
  }

  /** Ends every subscription here and at the broker. Sockets and the broker's client stay open. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.runtime.clearTimeout(this.timer);
    if (this.backplane !== undefined) this.presence.stop();
    for (const end of [...this.interests.values(), ...this.endings]) end();
    this.interests.clear();
    for (const socket of this.table.everyone()) this.unsubscribeAll(socket);
  }

  private join(backplane: Backplane): void {
    const receive = (topic: string, bytes: Uint8Array): void => {
      this.receive(topic, bytes);
    };
    this.endings.push(backplane.subscribe(CONTROL, receive));
    const end = backplane.watch?.((isConnected) => {
      if (isConnected !== this.isDegraded || this.isClosed) return;
      this.isDegraded = !isConnected;
      if (isConnected) this.presence.start();
      this.onDegraded?.(!isConnected);
    });
    if (end !== undefined) this.endings.push(end);
    this.presence.start();
    const tick = (): void => {
      this.presence.tick(Date.now());
      this.timer = this.runtime.setTimeout(tick, this.interval);
    };
    this.timer = this.runtime.setTimeout(tick, this.interval);
  }

  private want(pattern: string): void {
    if (this.backplane === undefined || this.isClosed) return;
    const end = this.backplane.subscribe(pattern, (topic, bytes) => {
      this.receive(topic, bytes);
    });
    this.interests.set(pattern, end);
  }

  private report(pattern: string): void {
    if (this.backplane !== undefined && !isPattern(pattern)) {
      this.presence.set(pattern, this.table.count(pattern));
    }
  }

  private say(message: PresenceMessage): void {
    const { platform } = this.runtime;
    this.send(CONTROL, "control", platform.encodeUtf8(encodePresence(message)));
  }

  private send(topic: string, kind: EnvelopeKind, payload: Uint8Array): void {
    if (this.isDegraded) {
      // Not left to the client: some keep all that is sent meanwhile, without a bound.
      if (kind !== "control") this.unsent++;
      return;
    }
    const { origin } = this;
    const bytes = encodeEnvelope({ kind, origin, sequence: ++this.sequence, payload });
    const failed = (): void => {
      if (kind !== "control") this.unsent++;
    };
    try {
      const sent = this.backplane!.publish(topic, bytes);
      if (sent instanceof Promise) sent.catch(failed);
    } catch {
      failed();
    }
  }

  private receive(topic: string, bytes: Uint8Array): void {
    if (this.isClosed) return;
    const envelope = decodeEnvelope(bytes);
    if (envelope === undefined) return;
    const { kind, origin, sequence, payload } = envelope;
    if (!this.deduplicator.admit(topic, origin, sequence)) return;
    const { platform } = this.runtime;
    const utf8 = kind === "binary" ? undefined : platform.checkUtf8(payload, 0, payload.length);
    if (utf8 === NOT_UTF8) return;
    if (kind !== "control") {
      const receivers = this.table.receivers(topic);
      if (receivers.size > 0) broadcast(receivers, prepare(payload, { binary: kind === "binary" }));
      return;
    }
    const message = decodePresence(platform.decodeUtf8(payload, 0, payload.length, false));
    if (message !== undefined) this.presence.receive(origin, message, Date.now(), this.origin);
  }
}

function checkSocket(socket: unknown): void {
  if (typeof socket === "object" && socket !== null && SESSION in socket) return;
  throw new UsageError("subscribe: expected a WebSocket of this library first, then a topic");
}

function checkOptions(options: TopicsOptions) {
  if (typeof options !== "object" || options === null) {
    throw new UsageError(`topics: expected an object with options, got ${String(options)}`);
  }
  checkNames("topics", options, ["backplane", "presenceInterval", "onDegraded"]);
  const { backplane, presenceInterval = 2000, onDegraded } = options;
  if (!(presenceInterval >= 100 && presenceInterval <= 60_000)) {
    throw new UsageError(
      `topics: presenceInterval is 100 to 60000 milliseconds, got ${String(presenceInterval)}`,
    );
  }
  return { backplane, presenceInterval, onDegraded };
}

/** Makes `topics` for a runtime. */
export function topicsFor(runtime: Runtime): (options?: TopicsOptions) => Topics {
  return (options) => new Topics(runtime, options);
}
