/** Memory of every kind, sent as it is by either role. Every adapter runs this. */
import assert from "node:assert/strict";
import type { MessageEvent, WebSocket } from "../../src/shell/index.ts";
import { within } from "../../src/testing/assertion.ts";
import type { Case } from "../harness/harnesses.ts";
import type { SocketsAdapter } from "../server/sockets.ts";

/** Below and above what is copied as it is sent. */
const SIZES = [4, 10_000] as const;

type Growing = new (size: number, options: { maxByteLength: number }) => ArrayBuffer;

function filled<Memory extends ArrayBufferLike>(memory: Memory): Memory {
  new Uint8Array(memory).forEach((_, at, bytes) => {
    bytes[at] = at % 251;
  });
  return memory;
}

const kinds: readonly (readonly [name: string, make: (size: number) => unknown, left?: 0])[] = [
  ["shared", (size) => filled(new SharedArrayBuffer(size))],
  ["a view of shared memory", (size) => new Uint8Array(filled(new SharedArrayBuffer(size)))],
  ["resizable", (size) => filled(new (ArrayBuffer as Growing)(size, { maxByteLength: 2 * size }))],
  [
    "a view that follows the length of a resizable buffer",
    (size) => {
      const memory = new (ArrayBuffer as Growing)(2, { maxByteLength: size }) as ArrayBuffer & {
        resize(size: number): void;
      };
      const view = new Uint8Array(memory);
      memory.resize(size);
      filled(memory);
      return view;
    },
  ],
  [
    "a view of what was detached: an empty message",
    (size) => {
      const memory = filled(new ArrayBuffer(size));
      const view = new Uint8Array(memory);
      structuredClone(memory, { transfer: [memory] });
      return view;
    },
    0,
  ],
];

/** Returns the messages of `sender` that `receiver` gets. */
async function sent(sender: WebSocket, receiver: WebSocket): Promise<void> {
  const got: Uint8Array[] = [];
  const all = new Promise<void>((resolve) => {
    receiver.on("message", ({ data }: MessageEvent) => {
      got.push(Uint8Array.from(data as Uint8Array));
      if (got.length === kinds.length * SIZES.length) resolve();
    });
  });
  for (const [, make] of kinds) for (const size of SIZES) sender.send(make(size));
  const taken = new ArrayBuffer(4);
  structuredClone(taken, { transfer: [taken] });
  assert.throws(() => sender.send(taken), TypeError); // and nothing is sent
  await within(all, "all messages");
  const expected = kinds.flatMap(([, , left]) =>
    SIZES.map((size) =>
      left === 0 ? new Uint8Array(0) : new Uint8Array(filled(new ArrayBuffer(size))),
    ),
  );
  assert.deepEqual(got, expected);
}

export const memoryCases: readonly Case<SocketsAdapter>[] = [
  {
    name: "memory that is shared, resizable or detached is sent as what it holds, by either role",
    run: async (adapter) => {
      let open!: (socket: WebSocket) => void;
      const opened = new Promise<WebSocket>((resolve) => {
        open = resolve;
      });
      const server = adapter.serve({ hostname: "127.0.0.1", websocket: { open } });
      await server.ready;
      try {
        const client = await adapter.connect(server.url);
        await sent(client, await opened);
        await sent(await opened, client);
      } finally {
        await server.stop({ force: true });
      }
    },
  },
];
