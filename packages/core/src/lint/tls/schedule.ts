/** Keys out of secrets: HKDF of TLS 1.3 (RFC 8446 §7) and the PRF of TLS 1.2 (RFC 5246 §5). */
import { toLatin1 } from "../../http/latin1.ts";
import { joined, u16 } from "../bytes.ts";
import type { AeadName, HashName, LintTools } from "../tools.ts";

/** A cipher suite that can be read. */
export interface Suite {
  readonly aead: AeadName;
  readonly hash: HashName;
  readonly keySize: number;
}

const AES128 = { aead: "aes-128-gcm", hash: "sha256", keySize: 16 } as const;
const AES256 = { aead: "aes-256-gcm", hash: "sha384", keySize: 32 } as const;
const CHACHA = { aead: "chacha20-poly1305", hash: "sha256", keySize: 32 } as const;

/** The suites of TLS 1.3, and those of TLS 1.2 with an AEAD that browsers and Node offer. */
export const SUITES: ReadonlyMap<number, Suite> = new Map<number, Suite>([
  ...[0x1301, 0x009c, 0x009e, 0xc02b, 0xc02f].map((number): [number, Suite] => [number, AES128]),
  ...[0x1302, 0x009d, 0x009f, 0xc02c, 0xc030].map((number): [number, Suite] => [number, AES256]),
  ...[0x1303, 0xcca8, 0xcca9, 0xccaa].map((number): [number, Suite] => [number, CHACHA]),
]);

/** The keys of one direction. */
export interface Keys {
  readonly suite: Suite;
  readonly key: Uint8Array;
  /** 12 bytes; 4 for AES-GCM of TLS 1.2, whose records carry the other 8. */
  readonly iv: Uint8Array;
}

/** HKDF-Expand-Label with an empty context, for results of one block (RFC 8446 §7.1). */
function expandLabel(
  tools: LintTools,
  hash: HashName,
  secret: Uint8Array,
  label: string,
  size: number,
): Uint8Array {
  const name = toLatin1(`tls13 ${label}`);
  const info = Uint8Array.of(size >> 8, size & 255, name.length, ...name, 0, 1);
  return tools.hmac(hash, secret, info).subarray(0, size);
}

/** The keys of a traffic secret (RFC 8446 §7.3). */
export function trafficKeys(tools: LintTools, suite: Suite, secret: Uint8Array): Keys {
  return {
    suite,
    key: expandLabel(tools, suite.hash, secret, "key", suite.keySize),
    iv: expandLabel(tools, suite.hash, secret, "iv", 12),
  };
}

/** The secret behind a KeyUpdate (RFC 8446 §7.2). */
export function nextSecret(tools: LintTools, { hash }: Suite, secret: Uint8Array): Uint8Array {
  return expandLabel(tools, hash, secret, "traffic upd", secret.length);
}

/** The keys of both directions out of a master secret (RFC 5246 §6.3). */
export function masterKeys(
  tools: LintTools,
  suite: Suite,
  master: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
): { readonly client: Keys; readonly server: Keys } {
  const ivSize = suite.aead === "chacha20-poly1305" ? 12 : 4;
  const { keySize, hash } = suite;
  const seed = joined([toLatin1("key expansion"), serverRandom, clientRandom]);
  const pieces: Uint8Array[] = [];
  const need = 2 * (keySize + ivSize);
  let a = seed;
  for (let size = 0; size < need;) {
    a = tools.hmac(hash, master, a);
    const piece = tools.hmac(hash, master, joined([a, seed]));
    pieces.push(piece);
    size += piece.length;
  }
  const block = joined(pieces);
  const take = (at: number, size: number): Uint8Array => block.subarray(at, at + size);
  return {
    client: { suite, key: take(0, keySize), iv: take(2 * keySize, ivSize) },
    server: { suite, key: take(keySize, keySize), iv: take(2 * keySize + ivSize, ivSize) },
  };
}

/** The sequence number of a record as eight bytes, with a nonce's length in front of it. */
function counter(sequence: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = size - 1, left = sequence; left > 0; at--, left = Math.floor(left / 256))
    bytes[at] = left % 256;
  return bytes;
}

/** A record of TLS, as it came. */
export interface Sealed {
  /** The five bytes in front of it. */
  readonly header: Uint8Array;
  readonly body: Uint8Array;
}

/** Opens a record of TLS 1.3 (RFC 8446 §5.2). Its last byte that is not zero is its type. */
export function open13(
  tools: LintTools,
  { suite, key, iv }: Keys,
  sequence: number,
  { header, body }: Sealed,
): Uint8Array | undefined {
  return tools.open(suite.aead, key, xor(iv, counter(sequence, 12)), body, header);
}

/** Opens a record of TLS 1.2 (RFC 5288 §3, RFC 7905 §2). */
export function open12(
  tools: LintTools,
  { suite, key, iv }: Keys,
  sequence: number,
  { header, body }: Sealed,
): Uint8Array | undefined {
  const explicit = iv.length === 4 ? 8 : 0;
  const size = body.length - explicit - 16;
  if (size < 0) return undefined;
  const nonce = explicit === 8 ? joined([iv, body.subarray(0, 8)]) : xor(iv, counter(sequence, 12));
  const additional = Uint8Array.of(
    ...counter(sequence, 8),
    ...header.subarray(0, 3),
    size >> 8,
    size & 255,
  );
  return tools.open(suite.aead, key, nonce, body.subarray(explicit), additional);
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, index) => byte ^ b[index]!);
}

/** The fields of a handshake's hellos. */
export interface Hello {
  readonly random: Uint8Array;
  /** Of a server: its choice. */
  readonly suite: number;
  readonly isTls13: boolean;
  /** Of a server that asks for another hello (RFC 8446 §4.1.3). */
  readonly isRetry: boolean;
}

/** The random of a HelloRetryRequest begins so. */
const RETRY = [0xcf, 0x21, 0xad, 0x74];

/** Reads a ClientHello or ServerHello, behind its type and length; `undefined` where it is cut. */
export function readHello(body: Uint8Array, isServer: boolean): Hello | undefined {
  if (body.length < 38) return undefined;
  const random = body.slice(2, 34);
  if (!isServer) return { random, suite: 0, isTls13: false, isRetry: false };
  let at = 35 + body[34]!;
  if (at + 3 > body.length) return undefined;
  const suite = u16(body, at);
  at += 5; // suite, compression, and the length of the extensions
  let isTls13 = false;
  while (at + 4 <= body.length) {
    const type = u16(body, at);
    if (type === 43 && u16(body, at + 4) === 0x0304) isTls13 = true;
    at += 4 + u16(body, at + 2);
  }
  return { random, suite, isTls13, isRetry: RETRY.every((byte, index) => random[index] === byte) };
}
