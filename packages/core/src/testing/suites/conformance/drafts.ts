import { equal } from "../../assertion.ts";
import { echo } from "../../journal.ts";
import { withServer } from "../../wire/line.ts";
import type { RawPeer } from "../../wire/raw-peer.ts";
import type { OtherDocument, Requirement } from "./requirement.ts";

type Draft = Extract<OtherDocument, `draft ${string}`>;

/** The sample of draft 76 §1.2. */
const KEYS = {
  "Sec-WebSocket-Key1": "4 @1  46546xW%0l 1 5",
  "Sec-WebSocket-Key2": "12998 5 Y3 1  .P00",
};
const BODY = "^n:ds[4U";
const ANSWER = "8jKS'y:G*Co,Wxa-";
type Fields = Readonly<Record<string, string | undefined>>;

function requestOf(draft: Draft, port: number, fields: Fields): string {
  const all: Fields = {
    Upgrade: "WebSocket",
    Connection: "Upgrade",
    Host: `127.0.0.1:${port}`,
    Origin: `http://127.0.0.1:${port}`,
    ...(draft === "draft 76" ? KEYS : {}),
    ...fields,
  };
  return `GET /demo HTTP/1.1\r\n${Object.entries(all)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]))
    .join("")}\r\n`;
}

const characters = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
const take = (peer: RawPeer, size: number): Promise<string> =>
  peer.take(
    (bytes) =>
      bytes.length < size ? undefined : { value: characters(bytes.subarray(0, size)), used: size },
    `${size} bytes`,
  );
const latin1 = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));

type Use = (peer: RawPeer, port: number) => Promise<void>;

/** A row on a server that takes drafts and echoes, and a raw stream to it. */
const row = (
  document: Draft,
  clause: string,
  must: string,
  use: Use,
  drafts = true,
): Requirement => ({
  document,
  clause,
  must,
  server: (harness) =>
    withServer(
      harness,
      async (server) => {
        const peer = await harness.dial(server.port);
        try {
          await use(peer, server.port);
        } finally {
          peer.destroy();
        }
      },
      echo,
      { drafts },
    ),
});

/** The same, once it is open. */
const open = (document: Draft, clause: string, must: string, use: Use): Requirement =>
  row(document, clause, must, async (peer, port) => {
    peer.write(requestOf(document, port, {}));
    if (document === "draft 76") peer.write(BODY);
    equal((await peer.head()).startLine.slice(0, 12), "HTTP/1.1 101", "status line");
    if (document === "draft 76") equal(await take(peer, 16), ANSWER, "the answer");
    await use(peer, port);
  });

const refuses = (document: Draft, clause: string, must: string, fields: Fields): Requirement =>
  row(document, clause, must, async (peer, port) => {
    peer.write(requestOf(document, port, fields) + BODY);
    equal((await peer.head()).startLine.slice(0, 12), "HTTP/1.1 400", "status line");
  });

/** Sends bytes and expects others. */
const exchange =
  (sent: string, expected: string): Use =>
  async (peer) => {
    peer.write(latin1(sent));
    equal(await take(peer, expected.length), expected, "what comes back");
  };

const framing = (draft: Draft, clause: string): readonly Requirement[] => [
  open(
    draft,
    clause,
    "text between 00 and FF, both ways",
    exchange("\0hello\xff\0\xff", "\0hello\xff\0\xff"),
  ),
  open(draft, clause, "text is UTF-8", exchange("\0\xe2\x82\xac\xff", "\0\xe2\x82\xac\xff")),
  open(
    draft,
    clause,
    "frames of other delimited types are dropped",
    exchange("\x01dropped\xff\x7f\xff\0kept\xff", "\0kept\xff"),
  ),
  open(
    draft,
    clause,
    "frames of a stated length are skipped, whatever they hold",
    exchange("\x80\x03\xff\0\xff\x81\x80\x02ab\0kept\xff", "\0kept\xff"),
  ),
  open(draft, clause, "a length beyond any limit is refused", async (peer) => {
    peer.write(latin1(`\x80${"\xff".repeat(32)}`));
    await peer.whenEnded();
  }),
];

/** The requirements of drafts 75 and 76 for a server that accepts them. */
export const drafts: readonly Requirement[] = [
  row("draft 75", "3.1", "the answer names origin and location, and opens", async (peer, port) => {
    peer.write(requestOf("draft 75", port, {}));
    const head = await peer.head();
    equal(
      [head.startLine, head.get("upgrade"), head.get("connection")],
      ["HTTP/1.1 101 Web Socket Protocol Handshake", "WebSocket", "Upgrade"],
      "the head",
    );
    equal(
      [head.get("websocket-origin"), head.get("websocket-location")?.replace(/^wss/, "ws")],
      [`http://127.0.0.1:${port}`, `ws://127.0.0.1:${port}/demo`],
      "the addresses",
    );
  }),
  row(
    "draft 75",
    "3.1",
    "a server that does not take drafts refuses",
    async (peer, port) => {
      peer.write(requestOf("draft 75", port, {}));
      equal((await peer.head()).startLine.slice(0, 12), "HTTP/1.1 400", "status line");
    },
    false,
  ),
  ...framing("draft 75", "4"),
  open("draft 75", "4", "the end of the stream is the end, without a word", async (peer) => {
    peer.end();
    await peer.whenEnded();
    equal(peer.pending.length, 0, "bytes that were sent");
  }),
  row(
    "draft 76",
    "5.2",
    "the answer names origin and location, and is proven by the sample's digest",
    async (peer, port) => {
      peer.write(requestOf("draft 76", port, {}) + BODY);
      const head = await peer.head();
      equal(
        [head.startLine, head.get("upgrade"), head.get("connection")],
        ["HTTP/1.1 101 WebSocket Protocol Handshake", "WebSocket", "Upgrade"],
        "the head",
      );
      equal(
        [
          head.get("sec-websocket-origin"),
          head.get("sec-websocket-location")?.replace(/^wss/, "ws"),
        ],
        [`http://127.0.0.1:${port}`, `ws://127.0.0.1:${port}/demo`],
        "the addresses",
      );
      equal(await take(peer, 16), ANSWER, "the answer");
    },
  ),
  row(
    "draft 76",
    "5.2",
    "the head is sent before the body has come, and the answer after",
    async (peer, port) => {
      peer.write(requestOf("draft 76", port, {}));
      await peer.head();
      peer.write(BODY.slice(0, 5));
      peer.write(BODY.slice(5));
      equal(await take(peer, 16), ANSWER, "the answer");
    },
  ),
  row(
    "draft 76",
    "5.2",
    "a server that does not take drafts refuses",
    async (peer, port) => {
      peer.write(requestOf("draft 76", port, {}));
      equal((await peer.head()).startLine.slice(0, 12), "HTTP/1.1 400", "status line");
    },
    false,
  ),
  refuses("draft 76", "5.2", "a request with one key is refused", {
    "Sec-WebSocket-Key2": undefined,
  }),
  refuses("draft 76", "5.2", "a key without spaces is refused", { "Sec-WebSocket-Key1": "12345" }),
  refuses("draft 76", "5.2", "a key whose spaces do not divide its number is refused", {
    "Sec-WebSocket-Key1": "1 2 3",
  }),
  refuses("draft 76", "5.2", "a key whose number has more than 32 bits is refused", {
    "Sec-WebSocket-Key2": "99999999999 9",
  }),
  ...framing("draft 76", "5.3"),
  open(
    "draft 76",
    "5.3",
    "FF 00 is answered by FF 00, behind what was sent",
    exchange("\0last\xff\xff\0", "\0last\xff\xff\0"),
  ),
];
