import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type ws from "ws";
import type { WebSocketServer } from "ws";
import { pause, type Library, type Row } from "../scene.ts";
import { type Transcript, watch } from "../transcript.ts";

const EVENTS = ["open", "message", "ping", "pong", "close", "upgrade"];

/** A server and a client of the same library, and what each sees. */
async function pair(
  library: Library,
  transcript: Transcript,
  options: { server?: ws.ServerOptions; client?: ws.ClientOptions },
  act: (server: ws, client: ws, both: WebSocketServer) => Promise<void> | void,
): Promise<void> {
  const server = new library.WebSocketServer({ host: "127.0.0.1", port: 0, ...options.server });
  await once(server, "listening");
  const others = { lines: [] as string[] };
  const clientSide = Object.assign(Object.create(transcript) as Transcript, others);
  const client = new library(
    `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    options.client,
  );
  watch(clientSide, client as never, EVENTS);
  client.on("error", (error) => {
    clientSide.note("error", error);
  });
  const [[accepted]] = await Promise.all([
    once(server, "connection") as Promise<[ws]>,
    once(client, "open"),
  ]);
  watch(transcript, accepted as never, EVENTS);
  accepted.on("error", (error) => {
    transcript.note("error", error);
  });
  await act(accepted, client, server);
  await pause(60);
  client.terminate();
  await pause(10);
  for (const one of server.clients ?? []) one.terminate();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  transcript.lines.push("client:", ...others.lines);
}

type Pair = readonly [
  name: string,
  options: { server?: ws.ServerOptions; client?: ws.ClientOptions },
  act: (
    server: ws,
    client: ws,
    both: WebSocketServer,
    transcript: Transcript,
  ) => Promise<void> | void,
];

const deflated = { server: { perMessageDeflate: true } };
const repeated = "compress me ".repeat(200);

const pairs: readonly Pair[] = [
  [
    "a message each way",
    {},
    async (server, client) => {
      client.send("from client");
      server.send("from server");
      await pause(10);
    },
  ],
  [
    "the client closes",
    {},
    (_, client) => {
      client.close(1000, "done");
    },
  ],
  [
    "the server closes",
    {},
    (server) => {
      server.close(1001, "going");
    },
  ],
  ...(["server", "client"] as const).map((side): Pair => [
    `a ping and a pong of the ${side} behind messages that take a while to compress`,
    { server: { perMessageDeflate: true }, client: { perMessageDeflate: { threshold: 0 } } },
    async (server, client) => {
      // One side at a time: the other's automatic pong is then behind nothing.
      const sender = side === "server" ? server : client;
      sender.send(Buffer.alloc(70_000, "first"));
      sender.ping("ping");
      sender.pong("pong");
      sender.send("last");
      await pause(60);
    },
  ]),
  [
    "both close at once",
    {},
    (server, client) => {
      server.close(4000, "server");
      client.close(4001, "client");
    },
  ],
  [
    "the client terminates",
    {},
    (_, client) => {
      client.terminate();
    },
  ],
  [
    "the server terminates",
    {},
    (server) => {
      server.terminate();
    },
  ],
  [
    "a message from within a listener",
    {},
    (server, client) => {
      server.on("message", (data) => {
        server.send(`echo ${String(data)}`);
      });
      client.send("a");
      client.send("b");
    },
  ],
  [
    "closes from within a listener",
    {},
    (server, client) => {
      server.on("message", () => {
        server.close();
      });
      client.send("a");
      client.send("b");
    },
  ],
  [
    "what was sent arrives before the close",
    {},
    (server) => {
      for (let i = 0; i < 5; i++) server.send(String(i));
      server.close();
    },
  ],
  [
    "a large message and a close",
    {},
    (server) => {
      server.send(Buffer.alloc(1_000_000, 1));
      server.close();
    },
  ],
  [
    "a ping and its pong",
    {},
    (server) => {
      server.ping("are you there");
    },
  ],
  [
    "a short text, compressed",
    deflated,
    (server, client) => {
      client.send("short");
      server.send("short");
    },
  ],
  [
    "a long text, compressed",
    deflated,
    (server, client) => {
      client.send(repeated);
      server.send(repeated);
    },
  ],
  [
    "the same text again, compressed",
    deflated,
    (server) => {
      server.send(repeated);
      server.send(repeated);
    },
  ],
  [
    "compressed binary",
    deflated,
    (server, client) => {
      client.send(Buffer.alloc(5000, 1));
      server.send(Buffer.alloc(5000, 1));
    },
  ],
  [
    "not compressed, though it could be",
    deflated,
    (server) => {
      server.send(repeated, { compress: false });
    },
  ],
  [
    "without takeover",
    {
      server: {
        perMessageDeflate: { serverNoContextTakeover: true, clientNoContextTakeover: true },
      },
    },
    (server, client) => {
      client.send(repeated);
      server.send(repeated);
    },
  ],
  [
    "a close behind a compressed message",
    deflated,
    (server) => {
      server.send(repeated);
      server.close(1000, "after");
    },
  ],
  [
    "a ping behind a compressed message",
    deflated,
    (server) => {
      server.send(repeated);
      server.ping("after");
    },
  ],
  [
    "more than maxPayload when inflated",
    { server: { perMessageDeflate: true, maxPayload: 1000 } },
    (_, client) => {
      client.send("a".repeat(5000));
    },
  ],
  [
    "callbacks of compressed messages",
    deflated,
    async (server, _, __, transcript) => {
      await new Promise<void>((resolve) => {
        server.send(repeated, (error) => {
          transcript.note("first", error ?? "sent");
        });
        server.send("short", (error) => {
          transcript.note("second", error ?? "sent");
          resolve();
        });
      });
    },
  ],
  [
    "clients of a server",
    {},
    async (server, client, both, transcript) => {
      transcript.note("clients", both.clients.size, both.clients.has(server));
      client.close();
      await once(server, "close");
      transcript.note("clients", both.clients.size);
    },
  ],
];

export const order: readonly Row[] = [
  ...pairs.map(([name, options, act]): Row => ({
    name: `a pair: ${name}`,
    run: (library, transcript) =>
      pair(library, transcript, options, (server, client, both) =>
        act(server, client, both, transcript),
      ),
  })),
];
