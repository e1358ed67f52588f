/** Reads TLS 1.2 and 1.3 by a key log, and passes on the content. */
import { toHex } from "../../trace/values.ts";
import { joined, u16, u24 } from "../bytes.ts";
import type { Side } from "../model.ts";
import type { At, StreamSink } from "../stream.ts";
import type { LintTools } from "../tools.ts";
import type { KeyLog } from "./keylog.ts";
import {
  type Hello,
  type Keys,
  masterKeys,
  nextSecret,
  open12,
  open13,
  readHello,
  SUITES,
  type Suite,
  trafficKeys,
} from "./schedule.ts";

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION = 23;

/** Messages of a handshake. */
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const FINISHED = 20;
const KEY_UPDATE = 24;

/** Returns whether a client's stream begins as TLS does. */
export const looksLikeTls = (bytes: Uint8Array): boolean =>
  bytes[0] === HANDSHAKE && bytes[1] === 3;

/** One direction. */
interface Direction {
  held: Uint8Array;
  /** Bytes of a record that the file lacks, and its size: it cannot be opened. */
  skip: number;
  keys: Keys | undefined;
  secret: Uint8Array | undefined;
  sequence: number;
  /** The part of a handshake message that has come. */
  handshake: Uint8Array;
  /** Of TLS 1.3: whether application data comes next. */
  isThrough: boolean;
}

const EMPTY = new Uint8Array(0);
const direction = (): Direction => ({
  held: EMPTY,
  skip: 0,
  keys: undefined,
  secret: undefined,
  sequence: 0,
  handshake: EMPTY,
  isThrough: false,
});

export class TlsReader implements StreamSink {
  private readonly tools: LintTools;
  private readonly log: KeyLog;
  private readonly inner: StreamSink;
  private readonly note: (at: At, message: string) => void;
  private readonly directions = { client: direction(), server: direction() };
  private client: Hello | undefined = undefined;
  private server: Hello | undefined = undefined;
  private suite: Suite | undefined = undefined;
  private isLost = false;

  constructor(
    tools: LintTools,
    log: KeyLog,
    inner: StreamSink,
    note: (at: At, message: string) => void,
  ) {
    this.tools = tools;
    this.log = log;
    this.inner = inner;
    this.note = note;
  }

  receive(side: Side, bytes: Uint8Array, at: At): void {
    if (this.isLost) return;
    const way = this.directions[side];
    const skipped = Math.min(way.skip, bytes.length);
    way.skip -= skipped;
    const rest = bytes.subarray(skipped);
    way.held = way.held.length === 0 ? rest : joined([way.held, rest]);
    while (!this.isLost && way.held.length >= 5) {
      const size = 5 + u16(way.held, 3);
      if (way.held.length < size) return;
      const record = way.held.subarray(0, size);
      way.held = way.held.subarray(size);
      this.record(side, record, at);
    }
  }

  /** A hole inside one record costs that record; another costs the rest. */
  missing(side: Side, size: number, at: At, why: string): void {
    if (this.isLost) return;
    const way = this.directions[side];
    const { held, keys } = way;
    const record = held.length >= 5 ? 5 + u16(held, 3) : 0;
    if (way.skip >= size) {
      way.skip -= size;
      return;
    }
    if (
      way.skip > 0 ||
      record < held.length + size ||
      keys === undefined ||
      held[0] !== APPLICATION
    ) {
      this.isLost = true;
      this.note(at, `${why}: the rest of this TLS connection cannot be read`);
      return;
    }
    way.skip = record - held.length - size;
    way.held = EMPTY;
    way.sequence++;
    const overhead = this.server!.isTls13 ? 17 : keys.iv.length === 4 ? 24 : 16;
    this.inner.missing(side, Math.max(0, record - 5 - overhead), at, why);
  }

  end(side: Side, at: At, how: "fin" | "rst"): void {
    this.inner.end(side, at, how);
  }

  private record(side: Side, record: Uint8Array, at: At): void {
    const way = this.directions[side];
    const type = record[0]!;
    const sealed = { header: record.subarray(0, 5), body: record.subarray(5) };
    if (type === CHANGE_CIPHER_SPEC) {
      if (this.server?.isTls13 === false) this.change(side, at);
      return;
    }
    const { keys } = way;
    if (keys === undefined) {
      if (type === HANDSHAKE) this.handshake(side, sealed.body, at);
      return;
    }
    const is13 = this.server!.isTls13;
    const open = is13 ? open13 : open12;
    const plain = open(this.tools, keys, way.sequence, sealed) ?? this.openAhead(side, sealed);
    if (plain === undefined) {
      this.isLost = true;
      this.note(at, "a TLS record does not open with the keys of the log: the rest is not read");
      return;
    }
    way.sequence++;
    if (!is13) return this.opened(side, type, plain, at);
    let end = plain.length - 1;
    while (end >= 0 && plain[end] === 0) end--;
    if (end >= 0) this.opened(side, plain[end]!, plain.subarray(0, end), at);
  }

  /** Where the log lacks the secrets of the handshake, the first record that the next keys open shows its end. */
  private openAhead(
    side: Side,
    sealed: { readonly header: Uint8Array; readonly body: Uint8Array },
  ): Uint8Array | undefined {
    const way = this.directions[side];
    if (!this.server!.isTls13 || way.isThrough) return undefined;
    const secret = this.secret(side, "TRAFFIC_SECRET_0");
    if (secret === undefined) return undefined;
    const keys = trafficKeys(this.tools, this.suite!, secret);
    const plain = open13(this.tools, keys, 0, sealed);
    if (plain !== undefined) Object.assign(way, { keys, secret, sequence: 0, isThrough: true });
    return plain;
  }

  private opened(side: Side, type: number, plain: Uint8Array, at: At): void {
    if (type === HANDSHAKE) this.handshake(side, plain, at);
    else if (type === APPLICATION) this.inner.receive(side, plain, at);
    else if (type === ALERT && plain[1] !== 0)
      this.note(at, `the ${side} sent the TLS alert ${plain[1] ?? 0}`);
  }

  private handshake(side: Side, bytes: Uint8Array, at: At): void {
    const way = this.directions[side];
    way.handshake = joined([way.handshake, bytes]);
    while (way.handshake.length >= 4) {
      const size = 4 + u24(way.handshake, 1);
      if (way.handshake.length < size) return;
      const message = way.handshake.subarray(0, size);
      way.handshake = way.handshake.subarray(size);
      this.message(side, message[0]!, message.subarray(4), at);
    }
  }

  private message(side: Side, type: number, body: Uint8Array, at: At): void {
    if (type === CLIENT_HELLO) this.client ??= readHello(body, false);
    else if (type === SERVER_HELLO) {
      const hello = readHello(body, true);
      if (hello?.isRetry === false) this.serverHello(hello, at);
    } else if (type === FINISHED && this.server?.isTls13 === true) this.through(side, at);
    else if (type === KEY_UPDATE && this.server?.isTls13 === true) this.update(side);
  }

  private serverHello(hello: Hello, at: At): void {
    this.server = hello;
    this.suite = SUITES.get(hello.suite);
    if (this.suite === undefined)
      return this.lose(at, `the TLS cipher suite 0x${hello.suite.toString(16)} is not read`);
    if (!hello.isTls13) return undefined;
    for (const side of ["client", "server"] as const) {
      const way = this.directions[side];
      const secret = this.secret(side, "HANDSHAKE_TRAFFIC_SECRET");
      const known = secret ?? this.secret(side, "TRAFFIC_SECRET_0");
      if (known === undefined) return this.lose(at, NO_KEYS);
      way.keys = trafficKeys(this.tools, this.suite, known);
      way.secret = known;
    }
    return undefined;
  }

  /** TLS 1.3: the side has finished, and its next bytes are application data. */
  private through(side: Side, at: At): void {
    const way = this.directions[side];
    const secret = this.secret(side, "TRAFFIC_SECRET_0");
    if (secret === undefined) return this.lose(at, NO_KEYS);
    if (way.isThrough) return undefined;
    const keys = trafficKeys(this.tools, this.suite!, secret);
    Object.assign(way, { keys, secret, sequence: 0, isThrough: true });
    return undefined;
  }

  private update(side: Side): void {
    const way = this.directions[side];
    way.secret = nextSecret(this.tools, this.suite!, way.secret!);
    way.keys = trafficKeys(this.tools, this.suite!, way.secret);
    way.sequence = 0;
  }

  /** TLS 1.2: the side's records are sealed from here on. */
  private change(side: Side, at: At): void {
    const master = this.client && this.log.secret("CLIENT_RANDOM", toHex(this.client.random));
    if (master === undefined || this.suite === undefined) return this.lose(at, NO_KEYS);
    const { random } = this.client!;
    const keys = masterKeys(this.tools, this.suite, master, random, this.server!.random);
    const way = this.directions[side];
    way.keys = keys[side];
    way.sequence = 0;
    way.handshake = EMPTY;
    return undefined;
  }

  private secret(side: Side, label: string): Uint8Array | undefined {
    return (
      this.client && this.log.secret(`${side.toUpperCase()}_${label}`, toHex(this.client.random))
    );
  }

  private lose(at: At, message: string): void {
    if (this.isLost) return;
    this.isLost = true;
    this.note(at, message);
  }
}

const NO_KEYS = "TLS without keys: give the key log of one of the two sides by --keylog";
