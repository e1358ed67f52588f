import type { PermessageDeflateOptions } from "../../../extension/permessage-deflate.ts";
import { equal, ok, within } from "../../assertion.ts";
import type { Harness } from "../harness.ts";
import { Journal, echo } from "../../journal.ts";
import {
  type Line,
  requestHead,
  responseHead,
  withRawServer,
  withServer,
} from "../../wire/line.ts";
import { CONTINUATION, type FrameInit, PING, PONG, TEXT } from "../../wire/frames.ts";
import { binary, echoed, type Exchange, fails, type Requirement, text } from "./requirement.ts";

const FIELD = "Sec-WebSocket-Extensions";
const NAME = "permessage-deflate";
export const RSV1 = 4;
/** Everything is compressed, and contexts are kept. */
export const KEEP: PermessageDeflateOptions = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  threshold: 0,
};
/** Everything is compressed by itself. */
export const ALONE: PermessageDeflateOptions = { threshold: 0 };
export const ALONE_TERMS = `${NAME}; server_no_context_takeover; client_no_context_takeover`;

/** Options of compression, and the limit. */
type Settings = PermessageDeflateOptions & { readonly maxMessageSize?: number };

async function asServer(
  harness: Harness,
  exchange: Exchange,
  { maxMessageSize, ...perMessageDeflate }: Settings,
  terms: string,
): Promise<void> {
  let told: ((journal: Journal) => void) | undefined;
  const journal = new Promise<Journal>((resolve) => {
    told = resolve;
  });
  await withServer(
    harness,
    async (server) => {
      const peer = await harness.dial(server.port);
      try {
        peer.write(requestHead({ [FIELD]: terms }));
        const head = await peer.head("the answer");
        equal(head.get(FIELD.toLowerCase()), terms, FIELD);
        await exchange(
          { peer, head, journal: await (await within(journal, "a socket at the server")).open() },
          "server",
        );
      } finally {
        peer.destroy();
      }
    },
    (socket) => {
      const made = new Journal(socket);
      echo(socket);
      told?.(made);
    },
    { perMessageDeflate, ...(maxMessageSize === undefined ? {} : { maxMessageSize }) },
  );
}

async function asClient(
  harness: Harness,
  exchange: Exchange,
  { maxMessageSize, ...perMessageDeflate }: Settings,
  terms: string,
): Promise<void> {
  await withRawServer(harness, async (server, next) => {
    const connecting = harness.connect(server.url, {
      perMessageDeflate,
      ...(maxMessageSize === undefined ? {} : { maxMessageSize }),
    });
    const peer = await next();
    try {
      const head = await peer.head("the request");
      peer.write(await responseHead(head, { [FIELD]: terms }));
      const socket = await within(connecting, "the client to open");
      const journal = new Journal(socket);
      echo(socket);
      await exchange({ peer, journal, head }, "client");
    } finally {
      peer.destroy();
    }
  });
}

/** A row for both roles, on a connection that has agreed to compress, and echoes. */
export function row(
  clause: string,
  must: string,
  exchange: Exchange,
  options: Settings = KEEP,
  terms = NAME,
): Requirement {
  return {
    document: "RFC 7692",
    clause,
    must,
    server: (harness) => asServer(harness, exchange, options, terms),
    client: (harness) => asClient(harness, exchange, options, terms),
  };
}

/** A text as RFC 7692 §7.2.3 compresses it. */
const packed = (hex: string, init: Partial<FrameInit> = {}): FrameInit => ({
  opcode: TEXT,
  rsv: RSV1,
  payload: Uint8Array.from(hex.split(" "), (byte) => Number.parseInt(byte, 16)),
  ...init,
});
const more = (hex: string, fin: boolean): FrameInit =>
  packed(hex, { opcode: CONTINUATION, rsv: 0, fin });

/** Sends frames; the library must emit these messages. */
const heard =
  (frames: readonly FrameInit[], messages: readonly string[]): Exchange =>
  async ({ peer, journal }) => {
    peer.send(...frames);
    for (const [at, message] of messages.entries())
      equal(await journal.message(`message ${at}`), message, `message ${at}`);
  };

/** Has the library echo a text that is sent plain, and looks at what it made of it. */
async function compressed({ peer, journal }: Line, message: string): Promise<Uint8Array> {
  peer.send(text(message));
  const { rsv, payload, opcode } = await peer.frame("the echo");
  equal([opcode, rsv], [TEXT, RSV1], "opcode and reserved bits");
  await journal.message();
  return payload;
}

const HELLO = "f2 48 cd c9 c9 07 00";

/** The compression of messages: RFC 7692 §6 and §7.2. */
export const deflateMessages: readonly Requirement[] = [
  row(
    "6",
    "RSV1 on a continuation fails the connection",
    fails(1002, [
      packed("f2 48 cd", { fin: false }),
      packed("c9 c9 07 00", { opcode: CONTINUATION }),
    ]),
  ),
  row("6", "RSV1 on a ping fails the connection", fails(1002, [{ opcode: PING, rsv: RSV1 }])),
  row(
    "6",
    "RSV2, which nobody has asked for, fails the connection",
    fails(1002, [text("x", { rsv: RSV1 | 2 })]),
  ),
  row(
    "6",
    "messages that are not marked are not decompressed",
    heard([text("plain"), packed(HELLO), text("plain again")], ["plain", "Hello", "plain again"]),
  ),
  row(
    "6",
    "what is plain does not enter the window",
    heard(
      [packed(HELLO), text("between"), packed("f2 00 11 00 00")],
      ["Hello", "between", "Hello"],
    ),
  ),
  row(
    "6",
    "control frames between fragments are not compressed, and are answered",
    async (line) => {
      line.peer.send(
        packed("f2 48 cd", { fin: false }),
        { opcode: PING, payload: "p" },
        more("c9 c9 07 00", true),
      );
      const pong = await line.peer.frame();
      equal([pong.opcode, pong.rsv, pong.payload.length], [PONG, 0, 1], "the pong");
      equal(await line.journal.message(), "Hello", "the message");
    },
  ),
  row(
    "7.2.1",
    "what is compressed is marked with RSV1, ends without 00 00 ff ff, and reads back",
    async (line) => {
      const sent = "compress ".repeat(200);
      const payload = await compressed(line, sent);
      ok(payload.length < sent.length / 4, `${payload.length} bytes`);
      ok([...payload.slice(-4)].join() !== "0,0,255,255", "the tail is left out");
      line.peer.send({ opcode: TEXT, rsv: RSV1, payload });
      equal(await line.journal.message(), sent, "read back");
    },
  ),
  row("7.2.1", "binary messages are compressed too", async ({ peer }) => {
    peer.send(binary(new Uint8Array(5000)));
    const { rsv, payload } = await peer.frame();
    ok(rsv === RSV1 && payload.length < 100, `${payload.length} bytes, bits ${rsv}`);
  }),
  row("7.2.1", "with contexts kept, a message that comes again takes fewer bytes", async (line) => {
    const sent = "0123456789abcdefghijklmnopqrstuvwxyz";
    const first = await compressed(line, sent);
    const second = await compressed(line, sent);
    ok(second.length < first.length / 2, `${first.length}, then ${second.length} bytes`);
  }),
  row(
    "7.1.1",
    "without context takeover, a message that comes again is compressed the same",
    async (line) => {
      const sent = "again and ".repeat(30);
      equal(await compressed(line, sent), await compressed(line, sent), "the second");
    },
    ALONE,
    ALONE_TERMS,
  ),
  row("7.2.2", "what is no DEFLATE fails the connection", fails(1007, [packed("ff ff ff ff")])),
  row(
    "7.2.2",
    "text that is not UTF-8 once decompressed fails the connection",
    fails(1007, [packed("00 02 00 fd ff c3 28 00")]),
  ),
  row("7.2.3.1", "the sample: one block", heard([packed(HELLO)], ["Hello"])),
  row(
    "7.2.3.1",
    "the sample in two fragments",
    heard([packed("f2 48 cd", { fin: false }), more("c9 c9 07 00", true)], ["Hello"]),
  ),
  row(
    "7.2.3.1",
    "the sample in fragments of one octet, with empty ones",
    heard(
      [
        packed("f2", { fin: false }),
        { opcode: CONTINUATION, fin: false },
        ...["48", "cd", "c9", "c9", "07", "00"].map((byte) => more(byte, false)),
        { opcode: CONTINUATION },
      ],
      ["Hello"],
    ),
  ),
  row(
    "7.2.3.2",
    "the sample: the second message refers to the first",
    heard([packed(HELLO), packed("f2 00 11 00 00")], ["Hello", "Hello"]),
  ),
  row(
    "7.1.1",
    "without context takeover, a message that refers to the one before fails the connection",
    fails(1007, [packed(HELLO), packed("f2 00 11 00 00")], ["Hello"]),
    ALONE,
    ALONE_TERMS,
  ),
  row(
    "7.2.3.3",
    "the sample: a block that is not compressed",
    heard([packed("00 05 00 fa ff 48 65 6c 6c 6f 00")], ["Hello"]),
  ),
  row(
    "7.2.3.4",
    "the sample: a final block, and a message after it",
    heard([packed("f3 48 cd c9 c9 07 00 00"), packed(HELLO)], ["Hello", "Hello"]),
  ),
  row(
    "7.2.3.5",
    "the sample: two blocks",
    heard([packed("f2 48 05 00 00 00 ff ff ca c9 c9 07 00")], ["Hello"]),
  ),
  row(
    "7.2.3.6",
    "the sample: an empty message",
    heard([packed("00"), packed("00"), packed(HELLO)], ["", "", "Hello"]),
  ),
  row("8", "a connection that compresses echoes plain messages of any kind", async (line) => {
    line.peer.send(text(""), text("a"));
    const frames = [await line.peer.frame(), await line.peer.frame()];
    ok(
      frames.every(({ rsv }) => rsv === 0 || rsv === RSV1),
      "no other bits",
    );
    equal(line.journal.messages, ["", "a"], "messages emitted");
  }),
  row(
    "7.2",
    "a message below the threshold may go as it is",
    async (line) => {
      line.peer.send(text("short"));
      await echoed(line, ["short"]);
    },
    { ...KEEP, threshold: 1024 },
  ),
];
