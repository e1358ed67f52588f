/**
 * Takes secrets out of an opening so that it still replays: each value is replaced by one of the same length, and the key of
 * a handshake, with the answer to it, by those of RFC 6455 §1.3.
 */
import { toBase64 } from "../../digest/base64.ts";
import { acceptKeyOf, isOpeningKey } from "../../handshake/accept-key.ts";
import type { TraceEntry, TraceValue } from "../format.ts";
import { fromHex, isBytes, toHex } from "../values.ts";

const KEY = "sec-websocket-key";
const SAMPLE_KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const SAMPLE_NONCE = "7468652073616d706c65206e6f6e6365";
const KEY_FIELD = /\r\nsec-websocket-key:[ \t]*(\S+)/i;
const BLANK_LINE = "\r\n\r\n";

/** The replacements for values of an opening. */
class Redaction {
  private readonly names: ReadonlySet<string>;
  /** The key that was sent, once known, and the answer to it. */
  private key = "";
  private answer = "";

  constructor(names: ReadonlySet<string>) {
    this.names = names;
  }

  learn(key: string): void {
    if (this.key !== "" || !isOpeningKey(key)) return;
    this.key = key;
    this.answer = acceptKeyOf(key);
  }

  /** Returns the value of field `name` without its secret. */
  field(name: string, value: string): string {
    const lower = name.toLowerCase();
    if (lower === "sec-websocket-accept" && value === this.answer) return acceptKeyOf(SAMPLE_KEY);
    if (!this.names.has(lower)) return value;
    return lower === KEY && isOpeningKey(value) ? SAMPLE_KEY : "*".repeat(value.length);
  }

  /** Returns a request target whose query parameters have no values. */
  target(target: string): string {
    const query = target.indexOf("?");
    if (query === -1) return target;
    return (
      target.slice(0, query) +
      target
        .slice(query)
        .replace(/=([^&#]*)/g, (_, value: string) => `=${"*".repeat(value.length)}`)
    );
  }

  /** Returns the head of a request or response, line by line; a folded line goes with the one before it. */
  head(text: string): string {
    let secret = false;
    let first = true;
    return text.replace(/[^\r\n]+/g, (line) => {
      if (first) {
        first = false;
        return line.replace(
          /^(\S+ )(\S+)/,
          (_, method: string, target: string) => method + this.target(target),
        );
      }
      if (/^[ \t]/.test(line)) return secret ? "*".repeat(line.length) : line;
      const [, name, space, value, rest] = /^([^:]*):([ \t]*)(.*?)([ \t]*)$/.exec(line) ?? [];
      if (name === undefined) return line;
      const seen = this.field(name.trim(), value!);
      secret = seen !== value;
      return `${name}:${space}${seen}${rest}`;
    });
  }

  /** Returns a value with redacted members: requests, responses, and values that hold them. */
  value(value: TraceValue, name = ""): TraceValue {
    if (typeof value === "string") return name === "target" ? this.target(value) : value;
    if (typeof value !== "object" || value === null || isBytes(value)) return value;
    if (Array.isArray(value))
      return name === "headers" || name === "fields"
        ? this.pairs(value)
        : value.map((item: TraceValue) => this.value(item));
    return Object.fromEntries(
      Object.entries(value).map(([member, inner]) => [
        member,
        this.value(inner as TraceValue, member),
      ]),
    );
  }

  private pairs(pairs: readonly TraceValue[]): TraceValue {
    return (pairs as readonly (readonly [string, string])[]).map(([name, value]) => [
      name,
      name === ":path" ? this.target(value) : this.field(name, value),
    ]);
  }
}

/** Redacts header fields inside `value`, such as a request's. `names` in lower case; `undefined` leaves all as it is. */
export function redactFields(
  value: TraceValue,
  names: ReadonlySet<string> | undefined,
): TraceValue {
  return names === undefined ? value : new Redaction(names).value(value);
}

/** Redacts the entries of an opening, bytes of heads included, however they were cut. */
export function redactEntries(
  entries: readonly TraceEntry[],
  names: ReadonlySet<string> | undefined,
): readonly TraceEntry[] {
  if (names === undefined) return entries;
  const redaction = new Redaction(names);
  const received = streamOf(entries, "receive");
  const written = streamOf(entries, "write", "writeMany");
  for (const stream of [received, written])
    redaction.learn(KEY_FIELD.exec(headOf(stream))?.[1] ?? "");
  redaction.learn(requestKey(entries));
  const inbound = new Pieces(replaceHead(received, redaction));
  const outbound = new Pieces(replaceHead(written, redaction));
  const replaced = (entry: TraceEntry, value: TraceValue): TraceValue => {
    const name = nameIn(entry);
    if (name === "receive") return inbound.next(value);
    if (name === "write" || name === "writeMany") return outbound.next(value);
    return isNonce(entry, value, redaction) ? { hex: SAMPLE_NONCE } : redaction.value(value);
  };
  return entries.map(
    (entry) =>
      (entry as readonly TraceValue[]).map((value) =>
        replaced(entry, value),
      ) as unknown as TraceEntry,
  );
}

/** Returns whether `value` is the entropy of a client's key. */
function isNonce(entry: TraceEntry, value: TraceValue, redaction: Redaction): boolean {
  const isRandom = entry[1] === "source" && entry[2] === "random";
  return (
    isRandom && isBytes(value) && redaction.field(KEY, toBase64(fromHex(value.hex))) === SAMPLE_KEY
  );
}

const nameIn = (entry: TraceEntry): TraceValue | undefined => entry[entry[1] === "action" ? 2 : 3];

/** The key of a request that an HTTP server has parsed. */
function requestKey(entries: readonly TraceEntry[]): string {
  const request = entries.find((entry) => nameIn(entry) === "receiveRequest")?.[4] as
    { readonly headers?: readonly (readonly [string, string])[] } | undefined;
  return request?.headers?.find(([name]) => name === KEY)?.[1] ?? "";
}

/** The bytes of all entries of these names, in order, one character an octet. */
function streamOf(entries: readonly TraceEntry[], ...names: readonly string[]): string {
  const named = entries.filter((entry) => names.includes(String(nameIn(entry))));
  const values = named.flatMap((entry) => (entry as readonly TraceValue[]).flat() as TraceValue[]);
  return values
    .filter(isBytes)
    .map(({ hex }) => textOf(hex))
    .join("");
}

function textOf(hex: string): string {
  let text = "";
  for (const octet of fromHex(hex)) text += String.fromCharCode(octet);
  return text;
}

/** The part of a stream up to and with the first blank line; all of it where none has come. */
function headOf(text: string): string {
  const end = text.indexOf(BLANK_LINE);
  return end === -1 ? text : text.slice(0, end + 2);
}

function replaceHead(text: string, redaction: Redaction): string {
  const head = headOf(text);
  return redaction.head(head) + text.slice(head.length);
}

/** Cuts a stream into the pieces that its entries had. */
class Pieces {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  next(value: TraceValue): TraceValue {
    if (Array.isArray(value)) return value.map((piece: TraceValue) => this.next(piece));
    if (!isBytes(value)) return value;
    const end = this.at + value.hex.length / 2;
    const piece = this.text.slice(this.at, end);
    this.at = end;
    const hex = toHex(Uint8Array.from(piece, (character) => character.charCodeAt(0)));
    return value.size === undefined ? { hex } : { hex, size: value.size };
  }
}
