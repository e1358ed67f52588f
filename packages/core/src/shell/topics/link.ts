import { NOT_UTF8 } from "../../platform.ts";
import { Deduplicator } from "../../topics/deduplicator.ts";
import { decodeEnvelope, encodeEnvelope, type EnvelopeKind, hex } from "../../topics/envelope.ts";
import { Presence } from "../../topics/presence.ts";
import {
  decodePresence,
  encodePresence,
  type PresenceMessage,
} from "../../topics/presence-message.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Backplane } from "./brokers/backplane.ts";

/** The parts of a {@link Link}. */
export interface LinkInit {
  readonly runtime: Runtime;
  readonly backplane: Backplane;
  /** The time between reports of presence, in milliseconds. */
  readonly interval: number;
  /** A message of another process has come; text is in UTF-8. */
  readonly received: (topic: string, kind: "text" | "binary", payload: Uint8Array) => void;
  /** The broker is lost, or back. */
  readonly degraded: (isDegraded: boolean) => void;
}

const CONTROL = "$control";

/** Joins the topics of this process to those of other processes. */
export class Link {
  private readonly runtime: Runtime;
  private readonly backplane: Backplane;
  private readonly init: LinkInit;
  private readonly deduplicator: Deduplicator;
  private readonly presence: Presence;
  private readonly interests = new Map<string, () => void>();
  private readonly endings: (() => void)[] = [];
  private readonly origin: string;
  private sequence = 0;
  private timer: unknown = undefined;
  private isClosed = false;
  isDegraded = false;
  /** Messages that did not leave this process. */
  unsent = 0;

  constructor(init: LinkInit) {
    const bytes = new Uint8Array(8);
    init.runtime.platform.randomFill(bytes);
    this.origin = hex(bytes);
    this.init = init;
    this.runtime = init.runtime;
    this.backplane = init.backplane;
    this.deduplicator = new Deduplicator(this.origin);
    this.presence = new Presence({
      say: (message) => {
        this.say(message);
      },
      gone: (origin) => {
        this.deduplicator.forgetOrigin(origin);
      },
    });
    this.join();
  }

  /** Messages that came twice, or after a later one of their sender. */
  get duplicates(): number {
    return this.deduplicator.duplicates;
  }

  /** Subscribes at the broker to `pattern`. */
  want(pattern: string): void {
    if (this.isClosed) return;
    const end = this.backplane.subscribe(pattern, (topic, bytes) => {
      this.receive(topic, bytes);
    });
    this.interests.set(pattern, end);
  }

  unwant(pattern: string): void {
    this.interests.get(pattern)?.();
    this.interests.delete(pattern);
    this.deduplicator.forgetTopic(pattern);
  }

  /** Puts the number of a topic's subscribers into the next report. */
  report(topic: string, count: number): void {
    this.presence.set(topic, count);
  }

  /** Returns the number of a topic's subscribers in all processes. */
  count(topic: string): number {
    return this.presence.count(topic);
  }

  send(topic: string, kind: EnvelopeKind, payload: Uint8Array): void {
    if (this.isDegraded) {
      // Not sent to the client: some keep all messages meanwhile, without a bound.
      if (kind !== "control") this.unsent++;
      return;
    }
    const { origin } = this;
    const bytes = encodeEnvelope({ kind, origin, sequence: ++this.sequence, payload });
    const failed = (): void => {
      if (kind !== "control") this.unsent++;
    };
    try {
      const sent = this.backplane.publish(topic, bytes);
      if (sent instanceof Promise) sent.catch(failed);
    } catch {
      failed();
    }
  }

  close(): void {
    this.isClosed = true;
    this.runtime.clearTimeout(this.timer);
    this.presence.stop();
    for (const end of [...this.interests.values(), ...this.endings]) end();
    this.interests.clear();
  }

  private join(): void {
    const { backplane, init } = this;
    this.endings.push(
      backplane.subscribe(CONTROL, (topic, bytes) => {
        this.receive(topic, bytes);
      }),
    );
    const end = backplane.watch?.((isConnected) => {
      if (isConnected !== this.isDegraded || this.isClosed) return;
      this.isDegraded = !isConnected;
      if (isConnected) this.presence.start();
      init.degraded(!isConnected);
    });
    if (end !== undefined) this.endings.push(end);
    this.presence.start();
    const tick = (): void => {
      this.presence.tick();
      this.timer = this.runtime.setTimeout(tick, init.interval);
    };
    this.timer = this.runtime.setTimeout(tick, init.interval);
  }

  private say(message: PresenceMessage): void {
    const { platform } = this.runtime;
    this.send(CONTROL, "control", platform.encodeUtf8(encodePresence(message)));
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
    if (kind !== "control") return this.init.received(topic, kind, payload);
    const message = decodePresence(platform.decodeUtf8(payload, 0, payload.length, false));
    if (message !== undefined) this.presence.receive(origin, message, this.origin);
  }
}
