import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { inWords } from "../frames.ts";
import { pause, type Library, type Row } from "../scene.ts";
import type { Transcript } from "../transcript.ts";

/** Exports of `ws` beside its classes that `@types/ws` does not have. */
interface Parts {
  readonly extension: {
    parse(field: string): Record<string, object[]>;
    format(extensions: object): string;
  };
  readonly subprotocol: { parse(field: string): Set<string> };
  readonly PerMessageDeflate: new (options: object) => {
    offer(): object;
    accept(configurations: object[]): object;
  };
  readonly Sender: { frame(data: Buffer | string, options: object): Buffer[] };
}

const extensions = [
  "foo",
  "foo,bar",
  "foo, bar",
  "foo;a",
  "foo; a=1",
  "foo;a=b;c",
  'foo;a="b"',
  'foo;a="b\\c"',
  "foo;a;a=1;a=2",
  "foo,foo;a",
  "foo ,\tbar",
  "permessage-deflate; client_max_window_bits",
  "",
  ";",
  ",",
  "foo,",
  "foo;",
  "foo;,",
  "foo;a=",
  'foo;a="',
  'foo;a="b',
  'foo;a=""',
  "foo bar",
  "foo;a b",
  "foo=1",
  "f{o",
  "foo;a=b c",
  " foo",
  "foo ",
  'foo;a="b,c"',
  "foo;=a",
  "foo;a==b",
  'foo;a="b"c',
];
const subprotocols = [
  "a",
  "a,b",
  "a, b",
  "a ,b",
  "a\t,\tb",
  "",
  ",",
  "a,",
  ",a",
  "a,,b",
  "a b",
  "a;b",
  "a,a",
  " a",
  "a ",
  "a{",
  "é",
];
const configurations: readonly (readonly [name: string, options: object, parameters: object[]])[] =
  [
    ["plain", {}, [{}]],
    ["takeover", {}, [{ server_no_context_takeover: [true] }]],
    ["a window", {}, [{ server_max_window_bits: ["10"] }]],
    ["a bad window", {}, [{ server_max_window_bits: ["16"] }]],
    ["a window twice", {}, [{ server_max_window_bits: ["10", "11"] }]],
    ["a client's window", {}, [{ client_max_window_bits: [true] }]],
    ["an unknown name", {}, [{ foo: [true] }]],
    ["takeover with a value", {}, [{ client_no_context_takeover: ["1"] }]],
    [
      "a smaller window than ours",
      { serverMaxWindowBits: 12 },
      [{ server_max_window_bits: ["10"] }],
    ],
    ["the second of two", { serverMaxWindowBits: 12 }, [{ server_max_window_bits: ["10"] }, {}]],
    ["our client's window", { clientMaxWindowBits: 10 }, [{ client_max_window_bits: [true] }]],
  ];
const frames: readonly (readonly [name: string, data: Buffer | string, options: object])[] = [
  ["text", Buffer.from("hi"), { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: false }],
  ["a string", "hi", { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: false }],
  [
    "binary with RSV1",
    Buffer.from("hi"),
    { fin: true, rsv1: true, opcode: 2, mask: false, readOnly: true },
  ],
  [
    "more to come",
    Buffer.from("hi"),
    { fin: false, rsv1: false, opcode: 1, mask: false, readOnly: true },
  ],
  [
    "126 bytes",
    Buffer.alloc(126),
    { fin: true, rsv1: false, opcode: 2, mask: false, readOnly: true },
  ],
  [
    "65536 bytes",
    Buffer.alloc(65_536),
    { fin: true, rsv1: false, opcode: 2, mask: false, readOnly: true },
  ],
  ["nothing", Buffer.alloc(0), { fin: true, rsv1: false, opcode: 9, mask: false, readOnly: true }],
  [
    "masked by a key of ours",
    Buffer.from("hi"),
    {
      fin: true,
      rsv1: false,
      opcode: 1,
      mask: true,
      readOnly: true,
      generateMask: (mask: Buffer) => {
        mask.fill(1);
      },
    },
  ],
];

const parts = (library: Library): Parts => library as unknown as Parts;
const plain = (value: object): unknown => JSON.parse(JSON.stringify(value)) as unknown;

/** A stream over one end of a connection, the other end being a WebSocket. */
async function stream(
  library: Library,
  transcript: Transcript,
  options: object,
  act: (duplex: Duplex, other: InstanceType<Library>) => Promise<void> | void,
): Promise<void> {
  const server = new library.WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const client = new library(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const [[accepted]] = await Promise.all([
    once(server, "connection") as Promise<[InstanceType<Library>]>,
    once(client, "open"),
  ]);
  const duplex = library.createWebSocketStream(client, options);
  for (const event of ["data", "end", "finish", "close", "error"])
    duplex.on(event, (value: unknown) => {
      transcript.note(event, ...(value === undefined ? [] : [value]));
    });
  accepted.on("message", (data, isBinary) => {
    transcript.wire.push(`message ${inWords(data as Buffer)} ${isBinary}`);
  });
  accepted.on("close", (code) => {
    transcript.wire.push(`close ${code}`);
  });
  accepted.on("error", () => {});
  await act(duplex, accepted);
  await pause(40);
  client.terminate();
  await pause(10);
  await new Promise((resolve) => {
    server.close(resolve);
  });
}

const streams: readonly (readonly [
  name: string,
  options: object,
  act: (duplex: Duplex, other: InstanceType<Library>) => Promise<void> | void,
])[] = [
  [
    "writes",
    {},
    (duplex) => {
      duplex.write("a");
      duplex.write(Buffer.from("b"));
    },
  ],
  [
    "writes strings as text",
    { decodeStrings: false },
    (duplex) => {
      duplex.write("a");
    },
  ],
  [
    "reads",
    {},
    (_, other) => {
      other.send("text");
      other.send(Buffer.from("binary"));
    },
  ],
  [
    "reads objects",
    { readableObjectMode: true },
    (_, other) => {
      other.send("text");
      other.send(Buffer.from("binary"));
    },
  ],
  [
    "reads with an encoding",
    { encoding: "utf8" },
    (_, other) => {
      other.send("text");
    },
  ],
  [
    "ends",
    {},
    (duplex) => {
      duplex.end("last");
    },
  ],
  [
    "is ended by the other",
    {},
    (_, other) => {
      other.close(1000);
    },
  ],
  [
    "is destroyed",
    {},
    (duplex) => {
      duplex.destroy();
    },
  ],
  [
    "is destroyed with an error",
    {},
    (duplex) => {
      duplex.destroy(new Error("why"));
    },
  ],
  [
    "loses its connection",
    {},
    (_, other) => {
      other.terminate();
    },
  ],
];

export const ownParts: readonly Row[] = [
  ...extensions.map((field): Row => ({
    name: `extension.parse(${JSON.stringify(field)})`,
    run: (library, transcript) => {
      transcript.tell("parse", () => plain(parts(library).extension.parse(field)));
    },
  })),
  ...extensions.slice(0, 12).map((field): Row => ({
    name: `extension.format of ${JSON.stringify(field)}`,
    run: (library, transcript) => {
      const { extension } = parts(library);
      transcript.tell("format", () => extension.format(extension.parse(field)));
    },
  })),
  ...subprotocols.map((field): Row => ({
    name: `subprotocol.parse(${JSON.stringify(field)})`,
    run: (library, transcript) => {
      transcript.tell("parse", () => parts(library).subprotocol.parse(field));
    },
  })),
  ...configurations.map(([name, options, parameters]): Row => ({
    name: `PerMessageDeflate accepts ${name}`,
    run: (library, transcript) => {
      const { PerMessageDeflate } = parts(library);
      transcript.tell("offer", () => new PerMessageDeflate({ ...options }).offer());
      transcript.tell("server", () =>
        new PerMessageDeflate({ ...options, isServer: true }).accept(structuredClone(parameters)),
      );
      transcript.tell("client", () =>
        new PerMessageDeflate({ ...options }).accept(structuredClone(parameters)),
      );
    },
  })),
  ...frames.map(([name, data, options]): Row => ({
    name: `Sender.frame of ${name}`,
    run: (library, transcript) => {
      transcript.tell("frame", () =>
        inWords(
          Buffer.concat(
            parts(library)
              .Sender.frame(data, options)
              .map((piece) => Buffer.from(piece)),
          ),
        ),
      );
    },
  })),
  ...streams.map(([name, options, act]): Row => ({
    name: `a stream ${name}`,
    run: (library, transcript) => stream(library, transcript, options, act),
  })),
];
