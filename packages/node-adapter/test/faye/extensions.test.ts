/** Plug-ins for npm websocket-extensions, in either role, beside faye-websocket: whoever serves and whoever connects, what comes of it is the same. */
import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { WebSocket } from "../../src/index.ts";

const require = createRequire(import.meta.url);
const original: any = require("faye-websocket");
const deflate: any = require("permessage-deflate");

/** The servers and their clients. Every scenario must end as it does where both are faye-websocket. */
const pairings: [name: string, server: any, client: any][] = [
  ["our server, faye's client", WebSocket, original],
  ["faye's server, our client", original, WebSocket],
  ["our server, our client", WebSocket, WebSocket],
];

interface Toy {
  readonly name: string;
  readonly bit: 1 | 2 | 3;
  /** How many milliseconds the nth message takes; `undefined` is at once. */
  readonly delay?: ((nth: number) => number) | undefined;
  readonly offers?: readonly object[];
  readonly answer?: (offers: any[]) => object | null;
  readonly activate?: (answer: any) => boolean;
  /** Fails with this, over a message that has the text. */
  readonly fails?: readonly [direction: "in" | "out", text: string];
  readonly log?: string[];
}

/** A plug-in that writes its name behind each message, and its bit; and takes them off again. */
function toy({
  name,
  bit,
  delay,
  offers = [{}],
  answer = () => ({}),
  activate = () => true,
  fails,
  log,
}: Toy): any {
  const rsv = `rsv${bit}`;
  let count = 0;
  const session = (): any => {
    const process =
      (direction: "in" | "out") =>
      (message: any, callback: (error: Error | null, message?: unknown) => void): void => {
        const text = message.data.toString("latin1");
        const work = (): void => {
          if (fails?.[0] === direction && text.includes(fails[1]))
            return callback(new Error(`cannot do ${direction}`));
          message[rsv] = direction === "out";
          message.data = Buffer.from(
            direction === "out" ? text + name : text.slice(0, -name.length),
            "latin1",
          );
          if (direction === "in" && !text.endsWith(name)) return callback(new Error("not mine"));
          callback(null, message);
        };
        const time = delay?.(count++);
        if (time === undefined) work();
        else setTimeout(work, time);
      };
    return {
      generateOffer: () => offers,
      generateResponse: () => answer([]) ?? {},
      activate,
      processIncomingMessage: process("in"),
      processOutgoingMessage: process("out"),
      close: () => log?.push(`${name} closed`),
    };
  };
  return {
    name,
    type: "permessage",
    rsv1: bit === 1,
    rsv2: bit === 2,
    rsv3: bit === 3,
    createClientSession: session,
    createServerSession: (given: any[]) => (
      log?.push(`${name} offered ${JSON.stringify(given)}`),
      answer(given) === null ? null : session()
    ),
  };
}

const opened = (socket: any): Promise<string> =>
  new Promise((resolve) => {
    socket
      .once("open", () => {
        resolve("open");
      })
      .once("close", (event: any) => {
        resolve(`closed ${event.code} ${event.reason}`);
      });
  });
const heard = (socket: any, count: number): Promise<unknown[]> =>
  new Promise((resolve) => {
    const all: unknown[] = [];
    socket.on("data", (data: unknown) => {
      if (all.push(typeof data === "string" ? data : [...(data as Buffer)]) === count) resolve(all);
    });
  });
const closed = (socket: any): Promise<[number, string]> =>
  new Promise((resolve) => {
    socket.once("close", (event: any) => {
      resolve([event.code, event.reason]);
    });
  });

interface Pair {
  readonly server: any;
  readonly client: any;
  /** How the client's opening went, and what was agreed, as sent. */
  readonly outcome: string;
  readonly agreed: string | undefined;
}

async function paired(
  Server: any,
  Client: any,
  serverPlugins: unknown,
  clientPlugins: unknown,
  use: (pair: Pair) => Promise<unknown>,
): Promise<unknown> {
  const http_ = http.createServer();
  const sockets: Socket[] = [];
  await new Promise<void>((resolve) => http_.listen(0, "127.0.0.1", resolve));
  http_.on("connection", (socket) => sockets.push(socket));
  const accepting = new Promise<any>((resolve) => {
    http_.on("upgrade", (request, socket, head) => {
      resolve(new Server(request, socket, head, null, { extensions: serverPlugins }));
    });
  });
  try {
    const client = new Client.Client(
      `ws://127.0.0.1:${(http_.address() as AddressInfo).port}/`,
      null,
      { extensions: clientPlugins },
    );
    client.on("error", () => {});
    const going = opened(client);
    const server = await accepting;
    server.on("error", () => {});
    return await use({
      server,
      client,
      outcome: await going,
      agreed: client.headers?.["sec-websocket-extensions"],
    });
  } finally {
    for (const socket of sockets) socket.destroy();
    http_.close();
  }
}

const MESSAGES = [
  "",
  "text",
  "ü€😀",
  "a".repeat(10_000),
  Buffer.from([]),
  Buffer.from([1, 2, 3]),
  Buffer.alloc(100_000, 7),
];

/** Sends all messages both ways at once. */
async function exchange({ server, client, outcome, agreed }: Pair): Promise<unknown> {
  const there = heard(server, MESSAGES.length);
  const back = heard(client, MESSAGES.length);
  for (const message of MESSAGES) {
    client.send(message);
    server.send(message);
  }
  const same = MESSAGES.map((message) => (typeof message === "string" ? message : [...message]));
  expect(await there).toEqual(same);
  expect(await back).toEqual(same);
  return [outcome, agreed];
}

const slow = (nth: number): number => (nth * 7) % 5;
const scenarios: [
  name: string,
  server: () => unknown,
  client: () => unknown,
  expected: unknown,
  use?: (pair: Pair) => Promise<unknown>,
][] = [
  ["npm permessage-deflate", () => deflate, () => deflate, ["open", "permessage-deflate"]],
  [
    "npm permessage-deflate, configured",
    () => [deflate.configure({ level: 1, noContextTakeover: true, maxWindowBits: 10 })],
    () => [
      deflate.configure({
        requestNoContextTakeover: true,
        requestMaxWindowBits: 11,
        maxWindowBits: 9,
      }),
    ],
    [
      "open",
      "permessage-deflate; server_no_context_takeover; server_max_window_bits=10; client_max_window_bits=9",
    ],
  ],
  ["no plug-in on the server", () => [], () => deflate, ["open", undefined]],
  ["no plug-in on the client", () => deflate, () => [], ["open", undefined]],
  [
    "a plug-in that is done at once",
    () => toy({ name: "at-once", bit: 2 }),
    () => toy({ name: "at-once", bit: 2 }),
    ["open", "at-once"],
  ],
  [
    "one that takes its time, in its own order: messages keep theirs",
    () => toy({ name: "slow", bit: 2, delay: slow }),
    () => toy({ name: "slow", bit: 2, delay: slow }),
    ["open", "slow"],
  ],
  [
    "a chain of three, agreed in the server's order",
    () => [toy({ name: "a", bit: 2, delay: slow }), deflate, toy({ name: "c", bit: 3 })],
    () => [toy({ name: "c", bit: 3, delay: slow }), deflate, toy({ name: "a", bit: 2 })],
    ["open", "a, permessage-deflate, c"],
  ],
  [
    "two that use the same bit: the server's first",
    () => [toy({ name: "a", bit: 1 }), deflate],
    () => [deflate, toy({ name: "a", bit: 1 })],
    ["open", "a"],
  ],
  [
    "many offers, of which one is accepted",
    () =>
      toy({
        name: "many",
        bit: 3,
        answer: (offers) =>
          offers.every(({ n }) => n === undefined) && offers.length > 0 ? null : { n: 2 },
      }),
    () => toy({ name: "many", bit: 3, offers: [{ n: 1 }, { n: 2 }, { flag: true, text: "a b" }] }),
    ["open", "many; n=2"],
  ],
  [
    "offers that are refused",
    () => toy({ name: "picky", bit: 3, answer: () => null }),
    () => toy({ name: "picky", bit: 3 }),
    ["open", undefined],
  ],
  [
    "an answer the client refuses",
    () => toy({ name: "x", bit: 3, answer: () => ({ too: "much" }) }),
    () => toy({ name: "x", bit: 3, activate: () => false }),
    "closed 1002 Error during WebSocket handshake: Server sent unacceptable extension parameters: x; too=much",
    async ({ outcome }) => outcome,
  ],
  [
    "a plug-in that fails on the way out: nothing of the message is sent, the connection ends",
    () => toy({ name: "x", bit: 3, fails: ["out", "bad"] }),
    () => toy({ name: "x", bit: 3 }),
    [[1010, "x: cannot do out"], ["good"]],
    async ({ server, client }) => {
      const ended = closed(client);
      const all: unknown[] = [];
      client.on("data", (data: unknown) => all.push(data));
      server.send("good");
      server.send("bad");
      server.send("never");
      return [await ended, all];
    },
  ],
  [
    "a plug-in that fails on the way in: what came before is delivered",
    () => toy({ name: "x", bit: 3, delay: () => 3, fails: ["in", "bad"] }),
    () => toy({ name: "x", bit: 3 }),
    [[1010, "x: cannot do in"], ["good"]],
    async ({ server, client }) => {
      const ended = closed(client);
      const all: unknown[] = [];
      server.on("data", (data: unknown) => all.push(data));
      for (const text of ["good", "bad", "never"]) client.send(text);
      return [await ended, all];
    },
  ],
  [
    "a close waits for what a plug-in is still at",
    () => toy({ name: "slow", bit: 3, delay: () => 10 }),
    () => toy({ name: "slow", bit: 3, delay: () => 10 }),
    [
      ["1", "2", "3"],
      [1000, "after all"],
      [1000, "after all"],
    ],
    async ({ server, client }) => {
      const all = heard(server, 3);
      const ends = [closed(server), closed(client)];
      for (const text of ["1", "2", "3"]) client.send(text);
      client.close(1000, "after all");
      return [await all, ...(await Promise.all(ends))];
    },
  ],
];

describe.each(pairings)("%s", (_, Server, Client) => {
  test.each(scenarios)(
    "%s",
    async (_name, serverPlugins, clientPlugins, expected, use = exchange) => {
      expect(await paired(Server, Client, serverPlugins(), clientPlugins(), use)).toEqual(expected);
    },
  );
});

test.each(scenarios)(
  "faye's server, faye's client: %s",
  async (_name, serverPlugins, clientPlugins, expected, use = exchange) => {
    expect(await paired(original, original, serverPlugins(), clientPlugins(), use)).toEqual(
      expected,
    );
  },
);

test("a plug-in's sessions are closed when the connection is, however it ends", async () => {
  const ends: [name: string, end: (pair: Pair) => void][] = [
    [
      "a closing handshake",
      ({ client }) => {
        client.close();
      },
    ],
    [
      "terminate()",
      ({ client }) => {
        client.terminate();
      },
    ],
    [
      "terminate() by the server",
      ({ server }) => {
        server.terminate();
      },
    ],
    [
      "terminate() with a message under way",
      ({ client }) => {
        client.send("x");
        client.terminate();
      },
    ],
  ];
  for (const [name, end] of ends) {
    const log: string[] = [];
    await paired(
      WebSocket,
      WebSocket,
      toy({ name: "s", bit: 3, delay: () => 2, log }),
      toy({ name: "s", bit: 3, delay: () => 2, log }),
      async (pair) => {
        const both = [closed(pair.server), closed(pair.client)];
        end(pair);
        await Promise.all(both);
        await expect
          .poll(() => log.filter((line) => line === "s closed").length, { message: name })
          .toBe(2);
      },
    );
  }
});

test("a plug-in that throws over its own options throws from the constructor, before anything is dialled", () => {
  const dialled: unknown[] = [];
  const net = {
    lookup: () => {
      dialled.push("dialled");
    },
  };
  expect(
    () =>
      new WebSocket.Client("ws://example.invalid/", null, {
        extensions: deflate.configure({ maxWindowBits: 7 }),
        net,
      } as never),
  ).toThrow("Invalid value for maxWindowBits");
  expect(dialled).toEqual([]);
});
